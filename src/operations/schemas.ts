/** Schemas of blocks and of files. */
import { errorNamed } from '../api/errors';
import { native, type SchemaDifference } from '../native';
import { Schema } from '../schema/schema';
import { readSchemaFile } from '../schema/schema-file';
import { observing, type ObserverLocation } from './opening';

/** What has a slash in it, or ends in `.json`, is a file; a block's name can be neither. */
function isFile(subject: string): boolean {
  return subject.includes('/') || subject.endsWith('.json');
}

/** The schema of a block. @throws DataBlockError NO_SCHEMA */
export function schemaOfBlock(name: string, location: ObserverLocation): Schema {
  const info = observing(name, location, (observer) => observer.info());
  const schema = Schema.ofBlock(info);
  if (schema === undefined) throw errorNamed('NO_SCHEMA', `${name} was made without one`);
  return schema;
}

/** The schema of a block or of a file. */
export function schemaOf(subject: string, location: ObserverLocation): Schema {
  return isFile(subject) ? readSchemaFile(subject) : schemaOfBlock(subject, location);
}

/** Which of two schemas can read what the other one wrote. */
export interface SchemaComparison {
  equal: boolean;
  /** A reader of the second can read records of the first. */
  compatible: boolean;
  differences: SchemaDifference[];
}

export function compareSchemas(block: Schema, asked: Schema): SchemaComparison {
  const differences = native().schemaDifferences(block.text, asked.text);
  return {
    equal: differences.length === 0,
    compatible: differences.every(({ compatible }) => compatible),
    differences,
  };
}
