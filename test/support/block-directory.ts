import * as fs from 'node:fs';
import * as path from 'node:path';
import { memory, prefix } from './no-leftovers';

/** A private directory for blocks, in memory; removed when the tests of this file are over. */
export function blockDirectory(): string {
  const directory = fs.mkdtempSync(path.join(memory, prefix()));
  afterAll(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}
