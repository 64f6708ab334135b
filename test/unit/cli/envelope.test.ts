import { errorEnvelope, resultEnvelope, toJson, toJsonLine } from '../../../src/cli/envelope';

const speaker = { tool: 'datablock-admin 0.1.0', command: 'diagnose' };
const at = new Date('2026-11-20T10:00:00Z');

test('a result', () => {
  const envelope = resultEnvelope(speaker, at, {
    target: 'sensor',
    exit: 2,
    result: { claim: 5n },
    warnings: ['hm'],
  });
  expect(envelope).toEqual({
    schema: 'datablock.diagnose.v1',
    tool: 'datablock-admin 0.1.0',
    at: '2026-11-20T10:00:00.000Z',
    target: 'sensor',
    status: 'safe-to-repair',
    exit: 2,
    result: { claim: 5n },
    warnings: ['hm'],
  });
});

test('an error, which always has the status "error"', () => {
  const error = { code: 'OWNER_ALIVE', number: 601, exitCode: 5, message: 'The owner is alive.' };
  expect(errorEnvelope(speaker, at, undefined, error, ['wait'])).toMatchObject({
    target: null,
    status: 'error',
    exit: 5,
    result: null,
    error: { code: 'OWNER_ALIVE', number: 'DB0601', message: 'The owner is alive.', suggestions: ['wait'] },
  });
});

test('64-bit numbers keep every digit', () => {
  expect(JSON.parse(toJson({ word: 0xffff_ffff_ffff_ffffn }))).toEqual({ word: '18446744073709551615' });
});

test('a line is one line', () => {
  expect(toJsonLine({ a: [1n, { b: 'x\ny' }] })).toBe('{"a":["1",{"b":"x\\ny"}]}\n');
});
