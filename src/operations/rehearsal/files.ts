import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Stage } from './stage';

/** What a command has put out; '' when there is nothing. */
export function readText({ home }: Stage, name: string): string {
  try {
    return fs.readFileSync(path.join(home, name), 'utf8');
  } catch {
    return '';
  }
}
