import { renderSchema } from '../render/schema';
import type { Schema } from '../schema/schema';
import type { Outcome } from './base-command';

/** The JSON of a schema: its description, and what is computed from it. */
export function schemaResult({ text, hash, id }: Schema): object {
  return { ...(JSON.parse(text) as object), hash, id, text };
}

/** What a command that shows a schema comes to. */
export function schemaOutcome(target: string, schema: Schema): Outcome {
  return { exit: 0, target, result: schemaResult(schema), text: (style) => renderSchema(schema, style) };
}
