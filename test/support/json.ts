import type { Run } from './program';

/** The document that a command printed. */
export interface Document {
  exit: number;
  status: string;
  result: unknown;
  warnings: string[];
}

export function documentOf({ stdout }: Run): Document {
  return JSON.parse(stdout) as Document;
}
