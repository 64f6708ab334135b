import type { DataBlockError } from '../api/errors';

/** An error of one block among several, as it is reported beside the results of the others. */
export interface ErrorSummary {
  code: string;
  number: number;
  exitCode: number;
  message: string;
}

export function errorSummary({ code, number, exitCode, message }: DataBlockError): ErrorSummary {
  return { code, number, exitCode, message };
}
