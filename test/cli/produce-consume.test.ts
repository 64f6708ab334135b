/** Many processes at one block: modes, restarts, signals, deaths. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Consumer, MessageFlag, Producer, Segment, type CreateConfig, type Snapshot } from '../../src';
import type { Envelope } from '../../src/cli/envelope';
import { blockDirectory } from '../support/block-directory';
import {
  killChildrenAfterEach,
  start,
  startAdmin,
  until,
  type Child,
  type ChildOptions,
  type Ended,
} from '../support/child';
import { freshName } from '../support/names';

// Two dozen processes take their time on a busy machine.
jest.setTimeout(120_000);

const dir = blockDirectory();
killChildrenAfterEach();

function makeBlock(config: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 16, slotSize: 256, ...config });
  return name;
}

const admin = (args: readonly string[], options: Partial<ChildOptions> = {}): Child =>
  startAdmin(args, { dir, ...options });

async function succeeded(child: Child): Promise<Ended> {
  const ended = await child.ended;
  if (ended.exit !== 0)
    throw new Error(`exit ${String(ended.exit)}, signal ${String(ended.signal)}: ${ended.stderr}`);
  return ended;
}

function snapshot(name: string): Snapshot {
  using segment = Segment.open(name, { dir });
  return segment.snapshot();
}

const attached = (name: string, count: number): Promise<void> =>
  until(
    `${count} are attached`,
    () => snapshot(name).participants.filter(({ state }) => state === 'active').length >= count,
  );

const numbered = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const asText = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const asLines = (text: Buffer | string): string[] => text.toString().split('\n').slice(0, -1);

/** The JSON document of a run. */
function documentOf({ stdout }: Ended): Envelope & { result: Record<string, unknown> } {
  return JSON.parse(stdout.toString()) as Envelope & { result: Record<string, unknown> };
}

describe('together', () => {
  test.each([
    [1, 1],
    [4, 8],
    [1000, 8],
  ])('%i slots, %i consumers of each mode', async (slots, each) => {
    const name = makeBlock({ slots });
    const lines = numbered(3000);
    const files = (mode: string): string[] => numbered(each, path.join(dir, `${name}-${mode}-`));
    const run = (mode: string): Child[] =>
      files(mode).map((file) =>
        admin(['consume', name, '--mode', mode, '--output', file, '--json', '--timeout', '60s']),
      );
    const sync = run('sync');
    const sequential = run('sequential');
    const latest = run('latest');
    await attached(name, 3 * each);
    await succeeded(admin(['produce', name, '--timeout', '60s'], { input: asText(lines) }));

    for (const [k, child] of sync.entries()) {
      const { result } = documentOf(await succeeded(child));
      expect(result).toMatchObject({ messages: '3000', gaps: '0' });
      expect(fs.readFileSync(files('sync')[k]!, 'utf8')).toBe(asText(lines));
    }
    for (const [k, child] of sequential.entries()) {
      const { result } = documentOf(await succeeded(child));
      const read = asLines(fs.readFileSync(files('sequential')[k]!)).map(Number);
      expect(read).toEqual([...read].sort((a, b) => a - b));
      expect(read.length).toBe(Number(result.messages));
      expect(read.length + Number(result.gaps)).toBeGreaterThanOrEqual(3000);
    }
    for (const [k, child] of latest.entries()) {
      const { result } = documentOf(await succeeded(child));
      const read = asLines(fs.readFileSync(files('latest')[k]!)).map(Number);
      expect(read).toEqual([...read].sort((a, b) => a - b));
      expect(read.length).toBe(Number(result.messages));
      if (slots > 1) expect(read.at(-1)).toBe(2999); // with one slot the end-of-stream mark may have replaced it
    }
  });

  test.each([2, 4])("%i producers: each one's order is kept, nothing is lost", async (count) => {
    const name = makeBlock({ slots: 8, producers: 'multi' });
    const consumers = numbered(2).map(() =>
      admin(['consume', name, '--follow', '--count', String(1000 * count), '--timeout', '60s']),
    );
    await attached(name, 2);
    const producers = numbered(count).map((k) =>
      admin(['produce', name, '--timeout', '60s', '--name', `producer-${k}`], {
        input: asText(numbered(1000, `${k} `)),
      }),
    );
    for (const producer of producers) await succeeded(producer);
    for (const consumer of consumers) {
      const lines = asLines((await succeeded(consumer)).stdout);
      expect(lines).toHaveLength(1000 * count);
      for (const k of numbered(count)) {
        expect(lines.filter((line) => line.startsWith(`${k} `))).toEqual(numbered(1000, `${k} `));
      }
    }
  });

  test('generated messages of several producers are verified', async () => {
    const name = makeBlock({ slots: 8, producers: 'multi' });
    const output = path.join(dir, 'generated');
    const consumer = admin([
      'consume',
      name,
      '--follow',
      '--count',
      '4000',
      '--verify',
      '--json',
      '--output',
      output,
      '--timeout',
      '60s',
    ]);
    await attached(name, 1);
    const run = (...args: string[]): Child =>
      admin(['produce', name, '--count', '2000', '--timeout', '60s', ...args]);
    await Promise.all([
      succeeded(run('--pattern', 'random', '--size', '200')),
      succeeded(run('--size', '33')),
    ]);
    const { result } = documentOf(await succeeded(consumer));
    expect(result.verification).toEqual({
      passed: true,
      contentChecked: '4000',
      order: '0',
      gaps: '0',
      content: '0',
      first: null,
    });
    expect(result).toMatchObject({ messages: '4000', bytes: String(2000 * 233) });
  });
});

describe('restarts', () => {
  test('a consumer follows one producer after another', async () => {
    const name = makeBlock({ slots: 4 });
    const consumer = admin(['consume', name, '--follow', '--count', '300', '--timeout', '60s']);
    await attached(name, 1);
    for (const k of numbered(3))
      await succeeded(admin(['produce', name], { input: asText(numbered(100, k)) }));
    expect(asLines((await succeeded(consumer)).stdout)).toEqual([
      ...numbered(100, '0'),
      ...numbered(100, '1'),
      ...numbered(100, '2'),
    ]);
  });

  test('one consumer after another reads what is in the ring', async () => {
    const name = makeBlock({ slots: 100 });
    await succeeded(admin(['produce', name], { input: asText(numbered(50)) }));
    const first = await succeeded(
      admin(['consume', name, '--from', 'oldest', '--count', '20', '--timeout', '60s']),
    );
    expect(asLines(first.stdout)).toEqual(numbered(20));
    const second = await succeeded(admin(['consume', name, '--timeout', '60s']));
    expect(asLines(second.stdout)).toEqual(numbered(50));
    // A joiner that finds no producer, and the end, ends at once.
    const third = await succeeded(admin(['consume', name, '--from', 'latest', '--timeout', '60s']));
    expect(third.stdout).toHaveLength(0);
  });

  test('a producer that takes over from one that ended without a mark', async () => {
    const name = makeBlock();
    const consumer = admin(['consume', name, '--timeout', '60s']);
    await attached(name, 1);
    await succeeded(admin(['produce', name, '--no-end'], { input: 'a\n' }));
    await succeeded(
      admin(['produce', name, '--create', '--slots', '16', '--slot-size', '256'], { input: 'b\n' }),
    );
    expect((await succeeded(consumer)).stdout.toString()).toBe('a\nb\n');
  });

  test('a standby waits for the one producer to go', async () => {
    const name = makeBlock();
    const consumer = admin(['consume', name, '--follow', '--count', '2', '--timeout', '60s']);
    await attached(name, 1);
    const active = admin(['produce', name], { keepOpen: true });
    await attached(name, 2);
    const refused = await admin(['produce', name]).ended;
    expect(refused.exit).toBe(5);
    expect(refused.stderr).toContain('SINGLE_PRODUCER');
    const standby = admin(['produce', name, '--standby', '60s'], { input: 'b\n' });
    await until('the standby waits', () => snapshot(name).participants.some(({ standby: waits }) => waits));
    active.process.stdin?.end('a\n');
    await succeeded(active);
    await succeeded(standby);
    expect((await succeeded(consumer)).stdout.toString()).toBe('a\nb\n');
  });
});

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a producer after the message in hand', async (signal, exit) => {
    const name = makeBlock();
    const output = path.join(dir, 'signalled');
    const consumer = admin(['consume', name, '--verify', '--json', '--output', output]);
    await attached(name, 1);
    const producer = admin(['produce', name, '--size', '100', '--pattern', 'random', '--json']);
    await until('messages flow', () => snapshot(name).claim > 1000n);
    producer.kill(signal);
    const ended = await producer.ended;
    expect(ended.exit).toBe(exit);
    const published = documentOf(ended).result.messages;
    // It left no end-of-stream mark, since the stream is not complete: the consumer waits for this one.
    using last = Producer.open(name, { dir });
    last.markEnd(10_000);
    const { result } = documentOf(await succeeded(consumer));
    expect(result).toMatchObject({ messages: published, verification: { passed: true }, streams: 1 });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a consumer that waits', async (signal) => {
    const name = makeBlock();
    const consumer = admin(['consume', name]);
    await attached(name, 1);
    consumer.kill(signal);
    const { exit, stdout, stderr } = await consumer.ended;
    expect(exit).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(stdout).toHaveLength(0);
    expect(stderr).toMatch(/^Read 0 messages/);
    expect(snapshot(name).participants.filter(({ state }) => state !== 'free')).toEqual([]);
  });

  test('SIGINT ends a consumer whose output nobody takes', async () => {
    const name = makeBlock({ slots: 64, slotSize: 65_536 });
    const consumer = admin(['consume', name], { stalled: true });
    await attached(name, 1);
    const producer = admin(['produce', name, '--size', '65536', '--count', '100']);
    await until('the ring is full', () => snapshot(name).participants.some(({ lag }) => lag === 64n));
    consumer.kill('SIGINT');
    expect((await consumer.ended).exit).toBe(130);
    await succeeded(producer);
  });

  test.each([
    ['a producer that waits for input', ['produce', 'NAME'], { keepOpen: true }],
    ['a producer that waits for consumers', ['produce', 'NAME', '--wait-consumers', '3'], { input: 'a\n' }],
    ['a producer between two messages', ['produce', 'NAME', '--size', '8', '--rate', '0.01/s'], {}],
  ] as const)('SIGINT ends %s', async (_, args, options) => {
    const name = makeBlock();
    const producer = admin(
      args.map((arg) => (arg === 'NAME' ? name : arg)),
      options,
    );
    await attached(name, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    producer.kill('SIGINT');
    const { exit, stderr } = await producer.ended;
    expect(exit).toBe(130);
    expect(stderr).toMatch(/^Published [01] messages?/);
  });

  test('SIGINT ends a producer that waits for a slow consumer, and one that holds a slot', async () => {
    const name = makeBlock({ slots: 1 });
    using consumer = Consumer.open(name, { dir });
    const waiting = admin(['produce', name, '--no-end'], { input: 'a\nb\n' });
    await until('one is published', () => snapshot(name).claim === 1n);
    waiting.kill('SIGINT');
    expect(await waiting.ended).toMatchObject({
      exit: 130,
      stderr: expect.stringMatching(/^Published 1 message,/) as string,
    });
    consumer.acquire(1000).release();

    const holding = admin(['produce', name, '--hold', '1h'], { input: 'c\nd\n' });
    await until('it holds a slot', () => snapshot(name).summary.byPhase.WRITING === 1);
    holding.kill('SIGINT');
    expect(await holding.ended).toMatchObject({
      exit: 130,
      stderr: expect.stringMatching(/^Published 1 message,/) as string,
    });
    expect(Buffer.from(consumer.acquire(1000).data).toString()).toBe('c');
  });
});

test('a reader that goes away ends a consumer quietly', async () => {
  const name = makeBlock({ slots: 4, slotSize: 1000 });
  const shell = start(
    'bash',
    [
      '-c',
      `"$0" "$1" consume ${name} --timeout 60s | head -c 10; echo " exit \${PIPESTATUS[0]}"`,
      process.execPath,
      path.join(__dirname, '..', '..', 'bin', 'datablock-admin'),
    ],
    { dir },
  );
  await attached(name, 1);
  const producer = admin(['produce', name, '--size', '1000', '--count', '2000', '--timeout', '60s']);
  const { stdout, stderr } = await shell.ended;
  expect(stdout.subarray(10).toString()).toBe(' exit 0\n');
  expect(stderr).toBe('');
  await succeeded(producer); // nobody holds it back any more
});

describe('time-outs', () => {
  test('consume, when nothing comes', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    producer.write(Buffer.from('a'), 1000, MessageFlag.Line);
    const consumer = admin(['consume', name, '--from', 'oldest', '--timeout', '300ms']);
    const { exit, stdout, stderr } = await consumer.ended;
    expect(exit).toBe(75);
    expect(stdout.toString()).toBe('a\n');
    expect(stderr).toMatch(/^Read 1 message, 1 B/);
    expect(stderr).toMatch(/1 time-out,/);
    expect(stderr).toContain('Code: DB0101 TIMEOUT');
  });

  test('produce, when a sync consumer stands still', async () => {
    const name = makeBlock({ slots: 2 });
    using consumer = Consumer.open(name, { dir });
    const ended = await admin(['produce', name, '--timeout', '50ms', '--json'], {
      input: asText(numbered(10)),
    }).ended;
    expect(ended.exit).toBe(75);
    expect(documentOf(ended)).toMatchObject({
      status: 'time-out',
      exit: 75,
      result: { messages: '2', timeouts: 1 },
    });
    expect(consumer.tryAcquire()?.length).toBe(1);
  });

  test('produce, when consumers do not come', async () => {
    const name = makeBlock();
    const { exit, stderr } = await admin(['produce', name, '--wait-consumers', '2', '--timeout', '50ms'])
      .ended;
    expect(exit).toBe(75);
    expect(stderr).toContain('0 of 2 sync consumers are attached');
  });

  test('consume, when the block does not appear', async () => {
    const { exit, stderr } = await admin(['consume', freshName(), '--wait', '60ms']).ended;
    expect(exit).toBe(66);
    expect(stderr).toContain('NO_SUCH_BLOCK');
    expect((await admin(['consume', freshName()]).ended).exit).toBe(66);
    expect((await admin(['produce', freshName()]).ended).exit).toBe(66);
  });
});

describe('deaths', () => {
  test('a killed producer: the consumer says so, heals its slot, and goes on with the next', async () => {
    const name = makeBlock({ slots: 4 });
    const consumer = admin(['consume', name, '--timeout', '60s']);
    await attached(name, 1);
    const producer = admin(['produce', name, '--hold', '100ms'], { input: asText(numbered(1000)) });
    await until('some are published', () => snapshot(name).claim > 3n);
    producer.kill('SIGKILL');
    await producer.ended;
    await until('the consumer noticed', () => consumer.stderr.includes('died without ending its stream'));
    expect(snapshot(name).summary.byPhase.WRITING).toBe(0);
    await succeeded(admin(['produce', name], { input: 'next\n' }));
    const { stdout, stderr } = await succeeded(consumer);
    const lines = asLines(stdout);
    expect(lines.at(-1)).toBe('next');
    expect(lines.slice(0, -1)).toEqual(numbered(lines.length - 1));
    expect(lines.length).toBeGreaterThan(3);
    expect(stderr).toMatch(/^Warning: .*\nRead \d+ messages.*1 healed/);
  });

  test('without self-healing the slot stays as it is', async () => {
    const name = makeBlock({ slots: 4, selfHeal: false });
    // It joins first: whoever joins later may get the dead one's entry, and cleans up after it.
    const consumer = admin(['consume', name]);
    await attached(name, 1);
    const producer = admin(['produce', name, '--hold', '1h'], { input: 'a\n' });
    await until('it holds a slot', () => snapshot(name).summary.byPhase.WRITING === 1);
    producer.kill('SIGKILL');
    await producer.ended;
    await until('the consumer noticed', () => consumer.stderr.includes('died without ending its stream'));
    expect(snapshot(name).notable).toMatchObject([{ slot: 0, verdict: 'stuck' }]);
  });

  test('a killed sync consumer holds nobody back', async () => {
    const name = makeBlock({ slots: 2 });
    const consumer = admin(['consume', name]);
    await attached(name, 1);
    consumer.kill('SIGKILL');
    await consumer.ended;
    const producer = await succeeded(
      admin(['produce', name, '--timeout', '60s'], { input: asText(numbered(100)) }),
    );
    expect(producer.stderr).toMatch(/^Published 100 messages.*healed/);
  });
});

describe('bad data', () => {
  /** Runs produce, and reads what it published. */
  async function publish(
    args: readonly string[],
    input: Buffer | string,
    slotSize = 8,
  ): Promise<{ ended: Ended; published: string[] }> {
    const name = makeBlock({ slotSize });
    using consumer = Consumer.open(name, { dir });
    const ended = await admin(['produce', name, ...args], { input }).ended;
    const published: string[] = [];
    try {
      for (let message = consumer.tryAcquire(); message !== undefined; message = consumer.tryAcquire()) {
        published.push(Buffer.from(message.data).toString());
        message.release();
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'END_OF_STREAM' });
      published.push('END');
    }
    return { ended, published };
  }

  test.each([
    [
      'a line that is too long',
      ['--framing', 'lines'],
      'ab\n12345678\n123456789\ncd\n',
      'record 3 of standard input has 9 bytes, and a slot has 8',
      ['ab', '12345678'],
    ],
    [
      'a last line that is too long',
      [],
      'ab\n123456789',
      'record 2 of standard input has at least 9 bytes',
      ['ab'],
    ],
    [
      'a record whose length is too large',
      ['--framing', 'length'],
      '\x01\0\0\0a\x09\0\0\0',
      'record 2 of standard input has 9 bytes, and a slot has 8',
      ['a'],
    ],
    [
      'a huge length',
      ['--framing', 'length'],
      '\xff\xff\xff\xff',
      'record 1 of standard input has 4294967295 bytes',
      [],
    ],
    [
      'fixed records larger than a slot',
      ['--framing', 'fixed:9'],
      '',
      'record 1 of standard input has 9 bytes',
      [],
    ],
    ['generated messages larger than a slot', ['--size', '9'], '', 'record 1 would have 9 bytes', []],
  ])('%s', async (_, args, text, message, expected) => {
    const { ended, published } = await publish(args, Buffer.from(text, 'latin1'));
    expect(ended.exit).toBe(65);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toContain('Code: DB0213 MESSAGE_TOO_LARGE');
    expect(published).toEqual(expected);
  });

  test('an endless line is refused without being read to its end', async () => {
    const name = makeBlock({ slots: 2, slotSize: 100_000 });
    const shell = start(
      'bash',
      [
        '-c',
        `"$0" "$1" produce ${name} < /dev/zero`,
        process.execPath,
        path.join(__dirname, '..', '..', 'bin', 'datablock-admin'),
      ],
      { dir },
    );
    const { exit, stderr } = await shell.ended;
    expect(exit).toBe(65);
    expect(stderr).toMatch(/record 1 of standard input has at least \d+ bytes, and a slot has 100000/);
  });

  test('the length of a long line of a file is found out', async () => {
    const name = makeBlock();
    const file = path.join(dir, 'long-lines');
    fs.writeFileSync(file, `short\n${'x'.repeat(3_000_000)}\nshort\n`);
    const { exit, stderr } = await admin(['produce', name, '--input', file]).ended;
    expect(exit).toBe(65);
    expect(stderr).toContain(`record 2 of ${file} has 3000000 bytes, and a slot has 256`);
  });

  test.each([
    [
      'a shorter last record',
      ['--framing', 'fixed:4'],
      'abcdef',
      'record 2 of standard input lacks 2 bytes at the end of the input',
      ['abcd'],
    ],
    [
      'a record that is cut off',
      ['--framing', 'length'],
      '\x02\0\0\0ab\x03\0\0\0c',
      'record 2 of standard input lacks 2 bytes',
      ['ab'],
    ],
    [
      'a length that is cut off',
      ['--framing', 'length'],
      '\x02\0\0\0ab\x03\0\0',
      'record 2 of standard input lacks 1 byte',
      ['ab'],
    ],
  ])('%s', async (_, args, text, message, expected) => {
    const { ended, published } = await publish(args, Buffer.from(text, 'latin1'));
    expect(ended.exit).toBe(65);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toContain('Code: DB0702 BAD_DATA');
    expect(published).toEqual(expected);
  });

  test('an input that is not there, or is no file', async () => {
    const name = makeBlock();
    for (const file of ['/nonexistent/input', dir]) {
      const { exit, stderr } = await admin(['produce', name, '--input', file]).ended;
      expect(exit).toBe(74);
      expect(stderr).toContain('Code: DB0703 IO');
    }
    const { exit } = await admin(['consume', name, '--output', '/nonexistent/output']).ended;
    expect(exit).toBe(74);
  });

  test('a full disk', async () => {
    const name = makeBlock();
    const consumer = admin(['consume', name, '--output', '/dev/full', '--timeout', '60s']);
    await attached(name, 1);
    await succeeded(admin(['produce', name], { input: 'a\n' }));
    const { exit, stderr } = await consumer.ended;
    expect(exit).toBe(74);
    expect(stderr).toContain('/dev/full');
  });
});

describe('--verify', () => {
  test.each<[string, (producer: Producer) => void, RegExp]>([
    [
      'wrong content',
      (producer) => {
        producer.write(Buffer.alloc(64), 1000, MessageFlag.Pattern);
      },
      /message 0 has not the content/,
    ],
    [
      'a message that is missing',
      (producer) => {
        for (const index of [0, 1, 3]) producer.write(Buffer.from([index, 0]), 1000, MessageFlag.Pattern);
      },
      /message 2 has the content of another: 3 where 2 comes next/,
    ],
  ])('finds %s', async (_, write, message) => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    const consumer = admin(['consume', name, '--verify', '--output', '/dev/null']);
    await attached(name, 2);
    write(producer);
    producer.markEnd();
    const { exit, stderr } = await consumer.ended;
    expect(exit).toBe(6);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Code: DB0303 VERIFY_FAILED');
  });

  test('finds what a lossy consumer lost', async () => {
    const name = makeBlock({ slots: 2 });
    const consumer = admin([
      'consume',
      name,
      '--mode',
      'sequential',
      '--verify',
      '--output',
      '/dev/null',
      '--json',
    ]);
    await attached(name, 1);
    consumer.kill('SIGSTOP');
    await succeeded(admin(['produce', name, '--size', '50', '--count', '100']));
    consumer.kill('SIGCONT');
    const ended = await consumer.ended;
    expect(ended.exit).toBe(6);
    expect(documentOf(ended).result).toMatchObject({
      verification: { passed: false, content: '0', order: '0' },
    });
  });

  test('other data has its order and gaps checked', async () => {
    const name = makeBlock();
    const consumer = admin(['consume', name, '--verify', '--timeout', '60s']);
    await attached(name, 1);
    await succeeded(admin(['produce', name], { input: 'a\nb\n' }));
    const { stdout, stderr } = await succeeded(consumer);
    expect(stdout.toString()).toBe('a\nb\n');
    expect(stderr).toContain('verified (order and gaps of all, content of 0 messages)');
  });
});

describe('command line', () => {
  test.each([
    ['produce', ['--framing', 'words'], 'there are fixed:SIZE, lines, length, raw, json, csv'],
    ['produce', ['--framing', 'fixed:0'], 'at least one byte'],
    ['produce', ['--framing', 'fixed:1.5'], 'no whole number'],
    ['produce', ['--slots', '4'], '--slots is for a new block: add --create'],
    ['produce', ['--create'], 'needs --slots and --slot-size'],
    ['produce', ['--pattern', 'seq'], '--pattern needs --size'],
    ['produce', ['--size', '8', '--input', 'x'], 'exclude each other'],
    ['produce', ['--rate', '0'], 'no rate'],
    ['produce', ['--rate', '5/m'], 'no rate'],
    ['produce', ['--timeout', '5'], 'needs a unit'],
    ['produce', ['--count', '-1'], '--count'],
    ['consume', ['--json'], '--json prints its document on standard output'],
    ['consume', ['--mode', 'newest'], '--mode'],
    ['consume', ['--timeout', '100d'], '--timeout can be at most 24 days'],
    ['consume', ['--outptu', 'x'], 'did you mean --output?'],
  ])('%s %j', async (command, args, message) => {
    const { exit, stdout, stderr } = await admin([command, 'any', ...args]).ended;
    expect(exit).toBe(64);
    const json = args.includes('--json');
    expect((json ? stdout.toString() : stderr).replace(/\s+/g, ' ')).toContain(message);
    expect(json ? stderr : stdout).toHaveLength(0);
  });

  test('--count 0 moves nothing; --rate and --count end by themselves', async () => {
    const name = makeBlock();
    const none = documentOf(
      await succeeded(admin(['produce', name, '--count', '0', '--no-end', '--json'], { input: 'a\n' })),
    );
    expect(none.result).toMatchObject({ messages: '0', bytes: '0', timeouts: 0, healed: '0' });
    expect(none).toMatchObject({ target: name, status: 'ok', exit: 0, warnings: [] });
    const some = await succeeded(
      admin(['produce', name, '--count', '3', '--rate', '100/s', '--json'], { input: asText(numbered(9)) }),
    );
    expect(documentOf(some).result).toMatchObject({ messages: '3' });
    expect(
      (await succeeded(admin(['consume', name, '--from', 'oldest', '--count', '0']))).stdout,
    ).toHaveLength(0);
    const read = await succeeded(admin(['consume', name, '--from', 'oldest', '--timeout', '60s']));
    expect(asLines(read.stdout)).toEqual(numbered(3));
  });

  test('a participant has the name that it was given', async () => {
    const name = makeBlock();
    const consumer = admin(['consume', '--shm-name', name, '--name', 'room 12']);
    await attached(name, 1);
    expect(snapshot(name).participants.map(({ name: shown }) => shown)).toContain('room 12');
    consumer.kill('SIGTERM');
    await consumer.ended;
    const { exit, stderr } = await admin(['consume', name, '--name', 'x'.repeat(32)]).ended;
    expect(exit).toBe(64);
    expect(stderr).toContain('at most 31 bytes');
  });

  test('--create joins a block of the same configuration only', async () => {
    const name = makeBlock({ slots: 4, slotSize: 64 });
    await succeeded(
      admin(['produce', name, '--create', '--slots', '4', '--slot-size', '64'], { input: 'a\n' }),
    );
    const { exit, stderr } = await admin(['produce', name, '--create', '--slots', '5', '--slot-size', '64'], {
      input: 'a\n',
    }).ended;
    expect(exit).toBe(78);
    expect(stderr).toContain('CONFIG_DIFFERS');
    expect(stderr).toMatch(/slots/);
  });
});
