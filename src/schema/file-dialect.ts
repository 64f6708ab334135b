/**
 * What a file `*.schema.json` may say, as a JSON Schema: the canonical text is one such file, and a file may leave
 * out what can be computed. The descriptions are what messages say that a value must be.
 */
const identifier = '[A-Za-z_][A-Za-z0-9_]{0,62}';

const byteCount = (what: string): object => ({
  type: 'integer',
  minimum: 1,
  maximum: 2 ** 40,
  description: `${what}, from 1 to 2^40`,
});

const align = {
  enum: Array.from({ length: 13 }, (_, i) => 2 ** i),
  description: 'a power of two up to 4096',
};
const packed = { type: 'boolean', description: 'true or false' };
const comment = { type: 'string', description: 'a text' };
const fields = {
  type: 'array',
  minItems: 1,
  items: { $ref: '#/$defs/field' },
  description: 'a list of at least one field',
};

/** Checked for all fields alike (`{}`), or the same for structs and others. */
const ofEveryField = {
  name: {},
  type: {},
  description: {},
  count: byteCount('a number of elements'),
  offset: { type: 'integer', minimum: 0, maximum: 2 ** 40, description: 'bytes, from 0 to 2^40' },
};

export const fileDialect = {
  $id: 'datablock-schema-1',
  type: 'object',
  required: ['name', 'version', 'fields'],
  additionalProperties: false,
  description: 'an object',
  properties: {
    $schema: comment,
    description: comment,
    dialect: { const: 1, description: '1' },
    name: {
      type: 'string',
      maxLength: 63,
      pattern: `^${identifier}(\\.${identifier})*$`,
      description: 'identifiers joined by dots, 63 characters at most',
    },
    version: {
      type: 'string',
      pattern: '^(0|[1-9][0-9]{0,4})(\\.(0|[1-9][0-9]{0,4})){2}$',
      description: 'major.minor.patch, such as "1.0.0"',
    },
    size: byteCount('bytes'),
    align,
    endian: { const: 'little', description: '"little": blocks are little-endian' },
    packed,
    fields,
  },
  $defs: {
    field: {
      type: 'object',
      required: ['name', 'type'],
      description: 'an object',
      properties: {
        name: {
          type: 'string',
          pattern: `^${identifier}$`,
          description: 'an identifier of A-Z a-z 0-9 _, 63 characters at most',
        },
        type: {
          type: 'string',
          pattern: '^([iu](8|16|32|64)|f32|f64|bool|struct|(char|bytes)\\[[1-9][0-9]{0,12}\\])$',
          description: 'i8 to i64, u8 to u64, f32, f64, bool, char[N], bytes[N] or struct',
        },
        description: comment,
      },
      if: { properties: { type: { const: 'struct' } } },
      then: {
        required: ['fields'],
        additionalProperties: false,
        properties: {
          ...ofEveryField,
          size: byteCount('bytes'),
          align,
          packed,
          fields,
        },
      },
      else: {
        additionalProperties: false,
        properties: {
          ...ofEveryField,
          unit: {
            type: 'string',
            minLength: 1,
            maxLength: 64,
            pattern: '^[^\\u0000-\\u001f\\u007f]*$',
            description: 'a text of at most 64 bytes without control characters',
          },
        },
      },
    },
  },
} as const;
