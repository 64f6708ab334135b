import { Args } from '@oclif/core';

/** A block or a file: whatever has a schema. */
export const schemaArgs = {
  NAME: Args.string({
    description: 'Name of a block, or a schema file (with a slash, or .json at its end).',
    ignoreStdin: true,
  }),
};
