/** The vectors that all languages share (test/vectors/schema). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { defineSchema, parseSchemaFile, Schema } from '../../src';
import { native, type SchemaDifference } from '../../src/native';
import { errorOf } from '../support/errors';

function casesOf<T>(file: string): T[] {
  const text = fs.readFileSync(path.join(__dirname, '..', 'vectors', 'schema', `${file}.json`), 'utf8');
  return (JSON.parse(text) as { cases: T[] }).cases;
}

interface RecordCase {
  about: string;
  description: unknown;
  canonical: string;
  hash: string;
  id: string;
}

test.each(casesOf<RecordCase>('records'))('$about', ({ description, canonical, hash, id }) => {
  const { text, ...schema } = parseSchemaFile(JSON.stringify(description));
  expect({ text, hash: schema.hash, id: Schema.parse(canonical).id }).toEqual({ text: canonical, hash, id });
  expect(parseSchemaFile(canonical).text).toBe(canonical);
});

test.each(casesOf<{ about: string; description: unknown; error: string }>('refused-descriptions'))(
  'refused: $about',
  ({ description, error }) => {
    const refusal = errorOf(() => parseSchemaFile(JSON.stringify(description)));
    expect(refusal.code).toBe('SCHEMA_INVALID');
    expect(refusal.message).toContain(error);
  },
);

test.each(casesOf<{ about: string; text: string }>('refused-texts'))(
  'no canonical text: $about',
  ({ text }) => {
    expect(errorOf(() => Schema.parse(text)).code).toBe('SCHEMA_INVALID');
  },
);

interface DifferenceCase {
  about: string;
  block: string;
  asked: string;
  differences: SchemaDifference[];
}

test.each(casesOf<DifferenceCase>('differences'))('differences: $about', ({ block, asked, differences }) => {
  expect(native().schemaDifferences(block, asked)).toEqual(differences);
});

test('a schema in code is the same as one in a file', () => {
  const { canonical } = casesOf<RecordCase>('records').find(
    ({ about }) => about === 'an array of structs with arrays',
  )!;
  const Robot = defineSchema({
    name: 'Robot',
    version: '1.0.0',
    fields: {
      joints: {
        count: 6,
        fields: {
          torque: { type: 'f32', unit: 'N·m' },
          history: { type: 'i16', count: 3 },
          name: 'char[6]',
        },
      },
      count: 'u32',
    },
  });
  expect(Robot.text).toBe(canonical);
});

test('what is no JSON is said to be none', () => {
  expect(errorOf(() => parseSchemaFile('{')).message).toContain('it is no JSON');
});
