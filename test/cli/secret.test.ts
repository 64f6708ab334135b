import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Producer, Secret, Segment, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { documentOf } from '../support/json';
import { runAdmin, runShell, type Run } from '../support/program';

const dir = blockDirectory();
const hex = randomBytes(32).toString('hex');
const secret = Secret.fromBytes(Buffer.from(hex, 'hex'));
const file = path.join(dir, 'key');
const program = `${process.execPath} bin/datablock-admin`;

beforeAll(() => {
  fs.writeFileSync(file, hex, { mode: 0o600 });
});

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

const keyed: Partial<CreateConfig> = { checksum: 'blake2b-keyed', secret };

/** Three messages, of which the second is damaged when it is published. */
function fill(name: string, details: Partial<CreateConfig>, sealAll = false): void {
  Segment.create(name, { dir, slots: 8, slotSize: 64, ...details });
  using producer = Producer.open(name, { dir, secret, sealAll });
  for (const text of ['one\n', 'two\n', 'three\n']) {
    const slot = producer.acquire(0);
    const { buffer } = slot;
    buffer.set(Buffer.from(text));
    slot.commit(text.length);
    if (text === 'two\n') buffer[0] = 0x54;
  }
  producer.markEnd(0);
}

test('the secret comes from a file, a descriptor or the environment, and never from the command line', () => {
  expect(
    admin(
      'create',
      'keyed',
      '--slots',
      '8',
      '--slot-size',
      '64',
      '--checksum',
      'blake2b-keyed',
      '--secret-file',
      file,
    ).exit,
  ).toBe(0);
  expect(documentOf(admin('inspect', 'keyed', '--json')).result).toMatchObject({ info: { secret: true } });
  expect(runAdmin(['produce', 'keyed', '--secret-file', file], { dir, input: 'hello\n' }).exit).toBe(0);
  const refused = admin('consume', 'keyed', '--timeout', '1s');
  expect(refused.exit).toBe(77);
  expect(refused.stderr).toContain('SECRET_NEEDED');
  expect(refused.stderr).toContain('--secret-file');
  expect(runShell(`${program} consume keyed --secret-fd 7 --timeout 5s 7< ${file}`, { dir })).toMatchObject({
    exit: 0,
    stdout: 'hello\n',
  });
  expect(runAdmin(['consume', 'keyed'], { dir, env: { DATABLOCK_SECRET: hex } })).toMatchObject({
    exit: 0,
    stdout: 'hello\n',
  });
  expect(
    runAdmin(['consume', 'keyed'], { dir, env: { DATABLOCK_SECRET: hex.replace(/./g, 'f') } }).exit,
  ).toBe(77);
  expect(admin('consume', 'keyed', '--secret', hex).exit).toBe(64);
});

test('it is in no output', () => {
  const bad = path.join(dir, 'bad');
  fs.writeFileSync(bad, `${hex}0`, { mode: 0o600 });
  const runs = [
    admin('create', 'quiet', '--slots', '8', '--slot-size', '64', '--secret-file', bad),
    admin('create', 'quiet', '--slots', '8', '--slot-size', '64', '--secret-file', file),
    runAdmin(['consume', 'quiet'], { dir, env: { DATABLOCK_SECRET: hex.slice(1), DEBUG: '1' } }),
    runAdmin(['produce', 'quiet'], { dir, env: { DATABLOCK_SECRET: hex, DEBUG: '1' }, input: 'x\n' }),
    admin('inspect', 'quiet', '--json'),
    admin('inspect', 'quiet'),
  ];
  fs.unlinkSync(bad);
  for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toContain(hex.slice(1, 17));
  expect(runs.map(({ exit }) => exit)).toEqual([77, 0, 77, 0, 0, 0]);
});

test('produce --create makes a block with it', () => {
  const made = runAdmin(
    [
      'produce',
      'made',
      '--create',
      '--slots',
      '8',
      '--slot-size',
      '64',
      '--secret-file',
      file,
      '--checksum',
      'blake2b-keyed',
    ],
    { dir, input: 'a\nb\n' },
  );
  expect(made).toMatchObject({ exit: 0 });
  expect(admin('consume', 'made', '--secret-file', file).stdout).toBe('a\nb\n');
});

describe.each(['xxh3', 'blake2b', 'blake2b-keyed'] as const)('%s: a damaged message', (checksum) => {
  test('is left out, and the exit code says so', () => {
    const name = `skip-${checksum}`;
    fill(name, { ...keyed, checksum });
    const run = admin('consume', name, '--secret-file', file, '--framing', 'raw');
    expect(run).toMatchObject({ exit: 6, stdout: 'one\nthree\n' });
    expect(run.stderr).toContain('CHECKSUM_MISMATCH');
  });

  test('ends the run with --on-corrupt fail', () => {
    const name = `fail-${checksum}`;
    fill(name, { ...keyed, checksum });
    expect(
      admin('consume', name, '--secret-file', file, '--framing', 'raw', '--on-corrupt', 'fail'),
    ).toMatchObject({ exit: 6, stdout: 'one\n' });
    expect(documentOf(admin('inspect', name, '--json')).result).toMatchObject({
      metrics: { checksum_failures: '1' },
    });
  });

  test.each(['sync', 'sequential'])('is found by --verify where the users are to check (%s)', (mode) => {
    const name = `hand-${checksum}-${mode}`;
    fill(name, { ...keyed, checksum, checksumPolicy: 'manual' }, true);
    const flags = ['--secret-file', file, '--framing', 'raw', '--mode', mode];
    expect(admin('consume', name, ...flags)).toMatchObject({ exit: 0, stdout: 'one\nTwo\nthree\n' });
    expect(admin('consume', name, ...flags, '--verify')).toMatchObject({ exit: 6, stdout: 'one\nthree\n' });
  });
});

test('produce --update-checksums stores them where the block leaves it to its users', () => {
  const args = ['--slots', '8', '--slot-size', '64', '--checksum', 'xxh3', '--checksum-policy', 'manual'];
  expect(admin('create', 'by-hand', ...args).exit).toBe(0);
  const verified = (): unknown => documentOf(admin('validate', 'by-hand', '--json')).result;
  expect(runAdmin(['produce', 'by-hand', '--no-end'], { dir, input: 'a\n' }).exit).toBe(0);
  expect(verified()).toMatchObject({ checksumsVerified: 0 });
  expect(runAdmin(['produce', 'by-hand', '--no-end', '--update-checksums'], { dir, input: 'b\n' }).exit).toBe(
    0,
  );
  expect(verified()).toMatchObject({ checksumsVerified: 1 });
});

test('validate needs the secret for keyed checksums, and says so', () => {
  fill('valid', keyed);
  const without = admin('validate', 'valid');
  expect(without).toMatchObject({ exit: 0 });
  expect(without.stdout).toContain('4 keyed checksums not verified without the secret');
  const withIt = admin('validate', 'valid', '--secret-file', file);
  expect(withIt.exit).toBe(6);
  expect(withIt.stdout).toContain('[CORRUPT] checksum: Message 1');
});

test('zones of such a block', () => {
  Segment.create('zoned', { dir, slots: 8, slotSize: 64, ...keyed, zones: [{ name: 'z', size: 4 }] });
  expect(runAdmin(['zone', 'put', 'zoned', 'z'], { dir, input: 'abcd' }).exit).toBe(77);
  const put = ['zone', 'put', 'zoned', 'z', '--update-checksum', '--secret-file', file];
  expect(runAdmin(put, { dir, input: 'abcd' }).exit).toBe(0);
  expect(admin('zone', 'get', 'zoned', 'z', '--verify')).toMatchObject({ exit: 77, stdout: '' });
  expect(admin('zone', 'get', 'zoned', 'z', '--verify', '--secret-file', file)).toMatchObject({
    exit: 0,
    stdout: 'abcd',
  });
  expect(admin('zone', 'list', 'zoned').stdout).toContain('unverifiable');
  expect(admin('zone', 'list', 'zoned', '--secret-file', file).stdout).toContain('matches');
});

test('what consume cannot pass on is counted', () => {
  Segment.create('full', { dir, slots: 8, slotSize: 64 });
  expect(runAdmin(['produce', 'full'], { dir, input: 'x\n' }).exit).toBe(0);
  expect(admin('consume', 'full', '--output', '/dev/full').exit).toBe(74);
  expect(documentOf(admin('inspect', 'full', '--json')).result).toMatchObject({
    metrics: { zmq_send_failures: '1' },
  });
});
