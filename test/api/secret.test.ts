import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { inspect } from 'node:util';
import { Consumer, Producer, Secret, Segment, ZoneUser, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();
const bytes = randomBytes(32);
const secret = Secret.fromBytes(bytes);
const other = Secret.fromBytes(randomBytes(32));

function makeBlock(details: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 8, slotSize: 64, checksum: 'blake2b-keyed', secret, ...details });
  return name;
}

/** Writes a message, and changes its first byte when it is published. */
function writeDamaged(producer: Producer, text: string): void {
  const slot = producer.acquire(0);
  const { buffer } = slot;
  buffer.set(Buffer.from(text));
  slot.commit(text.length);
  buffer[0] = (buffer[0] ?? 0) ^ 1;
}

const codeOf = (action: () => unknown): string => errorOf(action).code;

describe('a secret', () => {
  test('comes from a file, a descriptor or bytes', () => {
    const file = path.join(dir, 'key');
    fs.writeFileSync(file, `${bytes.toString('hex')}\n`, { mode: 0o600 });
    const fd = fs.openSync(file, 'r');
    const name = makeBlock();
    const secrets = [Secret.fromFile(file), Secret.fromDescriptor(fd), Secret.fromBytes(bytes)];
    for (const one of secrets) Producer.open(name, { dir, secret: one }).close();
    expect(Secret.fromEnvironment()).toBeUndefined();
    fs.closeSync(fd);
    fs.chmodSync(file, 0o644);
    expect(errorOf(() => Secret.fromFile(file))).toMatchObject({ code: 'SECRET_UNUSABLE', exitCode: 77 });
    fs.unlinkSync(file);
    expect(codeOf(() => Secret.fromFile(file))).toBe('SECRET_UNUSABLE');
    expect(codeOf(() => Secret.fromBytes(randomBytes(31)))).toBe('SECRET_UNUSABLE');
    expect(codeOf(() => Secret.fromBytes(Buffer.alloc(32)))).toBe('SECRET_UNUSABLE');
  });

  test('is not shown by what shows objects', () => {
    const shown = inspect(secret, { depth: 9, showHidden: true }) + JSON.stringify({ secret });
    expect(shown).not.toContain(bytes.toString('hex').slice(0, 8));
    expect(shown).not.toContain(String(bytes[0]) + ', ' + String(bytes[1]));
  });

  test.each([undefined, null, 3.5, -1, {}, []])('%p is none', (value) => {
    const given = value as never;
    for (const make of [
      () => Secret.fromFile(given),
      () => Secret.fromDescriptor(given),
      () => Secret.fromBytes(given),
    ])
      expect(codeOf(make)).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => Producer.open('none', { dir, secret: value as never }))).toBe('INVALID_ARGUMENT');
  });

  test('that was closed is not taken any more; handles that have it go on', () => {
    const one = Secret.fromBytes(bytes);
    const name = makeBlock({ secret: one });
    using producer = Producer.open(name, { dir, secret: one });
    one.close();
    one.close();
    expect(codeOf(() => Consumer.open(name, { dir, secret: one }))).toBe('CLOSED');
    producer.write(Buffer.from('still sealed'));
    using consumer = Consumer.open(name, { dir, secret, from: 'oldest' });
    expect(consumer.acquire(0).length).toBe(12);
  });
});

describe('a block with a secret', () => {
  test('lets those in who have it', () => {
    const name = makeBlock();
    for (const open of [
      (options: object) => Producer.open(name, { dir, ...options }),
      (options: object) => Consumer.open(name, { dir, ...options }),
      (options: object) => ZoneUser.open(name, { dir, ...options }),
    ]) {
      expect(codeOf(() => open({}))).toBe('SECRET_NEEDED');
      expect(errorOf(() => open({ secret: other }))).toMatchObject({ code: 'SECRET_WRONG', exitCode: 77 });
      open({ secret }).close();
    }
  });

  test('cannot be replaced by one without', () => {
    const name = makeBlock({ checksum: 'none' });
    Segment.unlink(name, { dir });
    Segment.create(name, { dir, slots: 8, slotSize: 64 });
    expect(codeOf(() => Consumer.open(name, { dir, secret }))).toBe('SECRET_WRONG');
  });

  test('is made or found by Producer.create', () => {
    const name = freshName();
    const config = { dir, slots: 8, slotSize: 64, checksum: 'blake2b-keyed', secret } as const;
    using first = Producer.create(name, { ...config, producers: 'multi' });
    using second = Producer.create(name, { ...config, producers: 'multi' });
    expect(second.info.instance).toBe(first.info.instance);
    expect(first.info.secret).toBe(true);
    expect(codeOf(() => Producer.create(name, { ...config, producers: 'multi', secret: other }))).toBe(
      'SECRET_WRONG',
    );
  });

  test('keyed checksums need one', () => {
    expect(
      codeOf(() => Segment.create(freshName(), { dir, slots: 8, slotSize: 64, checksum: 'blake2b-keyed' })),
    ).toBe('SECRET_NEEDED');
  });

  test('can be looked at without it, but for its checksums', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir, secret });
    producer.write(Buffer.from('sound'));
    using without = Segment.open(name, { dir });
    expect(without.validate({ checksums: true })).toMatchObject({
      checksumsVerified: 0,
      checksumsUnverifiable: 1,
      violations: [],
    });
    using withIt = Segment.open(name, { dir, secret });
    expect(withIt.validate({ checksums: true })).toMatchObject({
      checksumsVerified: 1,
      checksumsUnverifiable: 0,
    });
    expect(codeOf(() => Segment.open(name, { dir, secret: other }))).toBe('SECRET_WRONG');
  });
});

describe.each(['xxh3', 'blake2b', 'blake2b-keyed'] as const)('messages checked by %s', (checksum) => {
  test('a damaged one is reported once, and the next one read', () => {
    const name = makeBlock({ checksum });
    using producer = Producer.open(name, { dir, secret });
    using consumer = Consumer.open(name, { dir, secret });
    writeDamaged(producer, 'damaged');
    producer.write(Buffer.from('sound'));
    expect(codeOf(() => consumer.acquire(0))).toBe('CHECKSUM_MISMATCH');
    using message = consumer.acquire(0);
    expect(Buffer.from(message.data).toString()).toBe('sound');
    expect(message.lost).toBe(1n);
    expect(consumer.stats().corrupt).toBe(1n);
    using segment = Segment.open(name, { dir });
    expect(segment.metrics().checksum_failures).toBe(1n);
  });

  test('a consumer that skips goes on', () => {
    const name = makeBlock({ checksum });
    using producer = Producer.open(name, { dir, secret });
    const losses: bigint[] = [];
    using consumer = Consumer.open(name, {
      dir,
      secret,
      onCorrupt: 'skip',
      onLoss: (lost) => losses.push(lost),
    });
    writeDamaged(producer, 'damaged');
    writeDamaged(producer, 'damaged');
    producer.write(Buffer.from('sound'));
    using message = consumer.acquire(0);
    expect(message.seq).toBe(2n);
    expect(losses).toEqual([2n]);
    expect(consumer.stats().corrupt).toBe(2n);
  });

  test('by hand, one by one and in batches', () => {
    const name = makeBlock({ checksum, checksumPolicy: 'manual' });
    using producer = Producer.open(name, { dir, secret });
    using consumer = Consumer.open(name, { dir, secret });
    const slot = producer.acquire(0);
    const { buffer } = slot;
    buffer.set(Buffer.from('by hand'));
    slot.updateChecksum(7, 2);
    slot.commit(7, 2);
    producer.write(Buffer.from('without'));
    using batch = consumer.acquireMany(8, 0);
    expect(batch.count).toBe(2);
    expect([batch.verifyChecksum(0), batch.verifyChecksum(1)]).toEqual(['matches', 'absent']);
    buffer[3] = 0;
    expect(batch.verifyChecksum(0)).toBe('differs');
    batch.release();
    expect(codeOf(() => batch.verifyChecksum(0))).toBe('NOTHING_IN_HAND');
    expect(consumer.stats().corrupt).toBe(1n);
    producer.close();
    using sealing = Producer.open(name, { dir, secret, sealAll: true });
    sealing.write(Buffer.from('sealed'));
    using message = consumer.acquire(0);
    expect(message.verifyChecksum()).toBe('matches');
  });
});

test('checked views are sealed as they are published', () => {
  const name = makeBlock({ checksumPolicy: 'manual' });
  using producer = Producer.open(name, { dir, secret, checked: true });
  using consumer = Consumer.open(name, { dir, secret });
  const slot = producer.acquire(0);
  slot.buffer.set(Buffer.from('copy'));
  expect(
    codeOf(() => {
      slot.updateChecksum(65);
    }),
  ).toBe('MESSAGE_TOO_LARGE');
  slot.updateChecksum(4);
  slot.commit(4);
  using message = consumer.acquire(0);
  expect(message.verifyChecksum()).toBe('matches');
});

test('a block without checksums has none to store', () => {
  const name = makeBlock({ checksum: 'none' });
  using producer = Producer.open(name, { dir, secret });
  using slot = producer.acquire(0);
  expect(
    codeOf(() => {
      slot.updateChecksum(1);
    }),
  ).toBe('CONFIG_INVALID');
});

test('what could not be passed on is counted', () => {
  const name = makeBlock();
  using consumer = Consumer.open(name, { dir, secret });
  consumer.noteSendFailure();
  consumer.noteSendFailure();
  using segment = Segment.open(name, { dir });
  expect(segment.metrics().zmq_send_failures).toBe(2n);
});
