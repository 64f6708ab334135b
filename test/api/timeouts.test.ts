/** Time-outs that the environment and the options set, for calls that name none. */
import { execFileSync } from 'node:child_process';
import { Consumer, Producer, Segment, timeouts } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';
import { root } from '../support/program';

const dir = blockDirectory();

function makeFullBlock(): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 1, slotSize: 8 });
  return name;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'OK';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

/** Runs a program with some environment: jest's own process.env is a copy, which the addon does not see. */
function runWith(env: Record<string, string>, body: string, ...args: string[]): string {
  const program = `const { Consumer, Producer, timeouts } = require(${JSON.stringify(root)}); const [name, dir] = process.argv.slice(1); const codeOf = (call) => { try { call(); return 'OK'; } catch (error) { return error.code; } }; ${body}`;
  return execFileSync(process.execPath, ['-e', program, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, ...env },
  });
}

test('defaults, environment, own wishes: the last one counts', () => {
  expect(timeouts()).toEqual({
    writeMs: -1,
    readMs: -1,
    standbyMs: 0,
    lockMs: 10_000,
    killMs: 5_000,
    stuckAfterMs: 30_000,
  });
  const env = { DATABLOCK_TIMEOUT_READ_MS: '5', DATABLOCK_TIMEOUT_WRITE_MS: '6' };
  const told = runWith(env, 'console.log(JSON.stringify(timeouts({ writeMs: 7 })))');
  expect(JSON.parse(told)).toMatchObject({ readMs: 5, writeMs: 7, standbyMs: 0 });
});

test('of the options: calls that name none end by them', async () => {
  const options = { dir, timeouts: { readMs: 1, writeMs: 1 } };
  const name = makeFullBlock();
  using consumer = Consumer.open(name, options);
  using producer = Producer.open(name, options);
  expect(errorOf(() => consumer.acquire()).code).toBe('TIMEOUT');
  expect(errorOf(() => consumer.acquireMany(1)).code).toBe('TIMEOUT');
  expect(errorOf(() => consumer.withReadTransaction(() => 0)).code).toBe('TIMEOUT');
  expect(await codeOf(consumer.acquireAsync())).toBe('TIMEOUT');
  producer.write(Buffer.from('x'));
  expect(errorOf(() => producer.acquire()).code).toBe('TIMEOUT');
  expect(
    errorOf(() => {
      producer.write(Buffer.from('y'));
    }).code,
  ).toBe('TIMEOUT');
  expect(
    errorOf(() => {
      producer.markEnd();
    }).code,
  ).toBe('TIMEOUT');
  expect(await codeOf(producer.acquireAsync())).toBe('TIMEOUT');
  expect(await codeOf(producer.markEndAsync())).toBe('TIMEOUT');
  expect(consumer.acquire().seq).toBe(0n);
});

test('of the environment: calls that name none end by it', () => {
  const name = makeFullBlock();
  const env = {
    DATABLOCK_TIMEOUT_READ_MS: '1',
    DATABLOCK_TIMEOUT_WRITE_MS: '1',
    DATABLOCK_TIMEOUT_STANDBY_MS: '30',
  };
  const body = `
    const consumer = Consumer.open(name, { dir });
    const producer = Producer.open(name, { dir });
    const began = performance.now();
    const codes = [
      codeOf(() => Producer.open(name, { dir })),
      performance.now() - began > 25,
      codeOf(() => consumer.acquire()),
      codeOf(() => producer.write(Buffer.from('x'))),
      codeOf(() => producer.write(Buffer.from('y'))),
    ];
    console.log(codes.join(' '));`;
  expect(runWith(env, body, name, dir)).toBe('SINGLE_PRODUCER true TIMEOUT OK TIMEOUT\n');
});

test('what makes no sense is refused by name', () => {
  const name = makeFullBlock();
  const body = `try { Consumer.open(name, { dir }); } catch (error) { console.log(error.code, error.message); }`;
  expect(runWith({ DATABLOCK_TIMEOUT_READ_MS: '5s' }, body, name, dir)).toContain(
    'ENVIRONMENT_INVALID A variable of the environment makes no sense. DATABLOCK_TIMEOUT_READ_MS is "5s"',
  );
  const wrong = { dir, timeouts: { raedMs: 5 } as object };
  expect(errorOf(() => Consumer.open(name, wrong)).message).toContain('did you mean "readMs"?');
  expect(errorOf(() => Producer.open(name, { dir, timeouts: { writeMs: -2 } })).code).toBe(
    'INVALID_ARGUMENT',
  );
});
