/** `--schema FILE`. What reads such files is loaded only where there is one. */
import { Flags } from '@oclif/core';
import type { Schema } from '../schema/schema';

export async function schemaFromFile(path: string): Promise<Schema> {
  const { readSchemaFile } = await import('../schema/schema-file');
  return readSchemaFile(path);
}

/** The schema of a new block. */
export const schemaFlag = Flags.custom<Schema>({
  helpValue: 'FILE',
  parse: schemaFromFile,
});
