import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  DataBlockError,
  errorEntry,
  errorEntryNamed,
  errorNamed,
  ErrorNumber,
  formatErrorNumber,
  fromStatus,
  translated,
  wrapNative,
} from '../../src/api/errors';
import { native } from '../../src/native';
import { thrownBy } from '../support/thrown-by';

const definitions = fs.readFileSync(path.join(__dirname, '..', '..', 'native', 'core', 'errors.def'), 'utf8');

test('the names in TypeScript are those of errors.def (else: npm run docs:errors)', () => {
  const defined = [...definitions.matchAll(/^DATABLOCK_ERROR\((\d+), ([A-Z0-9_]+),/gm)];
  expect(Object.entries(ErrorNumber)).toEqual(defined.map(([, number, name]) => [name, Number(number)]));
});

test('the addon knows every one of them', () => {
  for (const [name, number] of Object.entries(ErrorNumber)) {
    expect(errorEntry(number)).toMatchObject({ name, number });
    expect(errorEntryNamed(name)).toBe(errorEntry(number));
  }
  expect(native().errorCatalogue()).toHaveLength(Object.keys(ErrorNumber).length);
});

test('unknown ones are undefined', () => {
  expect(errorEntry(0)).toBeUndefined();
  expect(errorEntryNamed('NO_SUCH_ERROR')).toBeUndefined();
  expect(errorEntryNamed('toString')).toBeUndefined();
});

test('from a status of the hot path', () => {
  const error = fromStatus(-ErrorNumber.TIMEOUT);
  expect(error).toBeInstanceOf(DataBlockError);
  expect(error).toMatchObject({
    name: 'DataBlockError',
    code: 'TIMEOUT',
    number: 101,
    exitCode: 75,
    errno: 0,
  });
  expect(error.suggestions.length).toBeGreaterThan(0);
});

test('the detail follows the sentence', () => {
  expect(errorNamed('NO_SUCH_BLOCK', 'sensor').message).toBe('There is no block of this name: sensor');
});

test('a number that nobody knows is an internal error', () => {
  expect(fromStatus(-9999)).toMatchObject({ code: 'INTERNAL', exitCode: 70 });
});

test('what the addon throws becomes a DataBlockError, with its cause', () => {
  const error = thrownBy(() => translated(() => native().openObserver('no-such-block', { dir: '/dev/shm' })));
  expect(error).toBeInstanceOf(DataBlockError);
  expect(error).toMatchObject({ code: 'NO_SUCH_BLOCK', exitCode: 66 });
  expect((error as DataBlockError).cause).toBeDefined();
});

test('anything else stays what it is', () => {
  const error = new TypeError('x');
  expect(wrapNative(error)).toBe(error);
  expect(wrapNative(null)).toBeNull();
  expect(wrapNative({ code: 'ENOENT', message: 'x' })).toEqual({ code: 'ENOENT', message: 'x' });
  const known = errorNamed('USAGE');
  expect(wrapNative(known)).toBe(known);
});

test('numbers as they are printed', () => {
  expect(formatErrorNumber(501)).toBe('DB0501');
});
