import * as fs from 'node:fs';
import * as path from 'node:path';
import { Consumer, Producer, Segment, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();
const small: CreateConfig = { dir, slots: 4, slotSize: 64 };

describe('create', () => {
  test('makes a block of just that configuration', () => {
    const name = freshName();
    const config: CreateConfig = {
      ...small,
      producers: 'multi',
      maxParticipants: 8,
      maxSync: 2,
      checksum: 'xxh3',
      checksumPolicy: 'enforced',
      overflow: 'fail',
      selfHeal: false,
      healAfterMs: 250,
      fences: 'real',
      timestamps: true,
      mode: 0o640,
      zones: [{ name: 'calibration', size: 100 }],
    };
    const info = Segment.create(name, config);
    const { zones, ...expected } = config;
    expect({ ...info, dir }).toMatchObject(expected);
    expect(info.name).toBe(name);
    expect(info.path).toBe(path.join(dir, name));
    expect(info.instance).toMatch(/^[0-9a-f]{32}$/);
    expect(info.zones.map(({ name: zone }) => zone)).toEqual(zones?.map(({ name: zone }) => zone));
    expect(info.creator.pid).toBe(process.pid);
    using segment = Segment.open(name, { dir });
    expect(segment.info()).toEqual(info);
  });

  test('never replaces what is there', () => {
    const name = freshName();
    const { instance } = Segment.create(name, small);
    expect(errorOf(() => Segment.create(name, small))).toMatchObject({ code: 'EXISTS', exitCode: 73 });
    using segment = Segment.open(name, { dir });
    expect(segment.info().instance).toBe(instance);
  });

  const impossible: [string, unknown, RegExp][] = [
    ['a misspelt option', { ...small, slotsize: 64 }, /unknown option "slotsize"; did you mean "slotSize"\?/],
    ['an unknown option', { ...small, frobnicate: 1 }, /unknown option "frobnicate"/],
    ['an inherited name', { ...small, toString: 1 }, /unknown option "toString"/],
    ['no slots', { dir, slotSize: 64 }, /"slots" is missing/],
    ['no slot size', { dir, slots: 4 }, /"slotSize" is missing/],
    [
      'an undefined option',
      { ...small, producers: undefined },
      /"producers" must be "single" or "multi", not undefined/,
    ],
    ['a wrong mode', { ...small, producers: 'many' }, /"producers" must be "single" or "multi", not "many"/],
    ['a number for a flag', { ...small, selfHeal: 1 }, /"selfHeal" must be true or false/],
    ['no object', 4, /must be an object/],
    ['null', null, /must be an object/],
    ['a list', [], /must be an object/],
    ['an empty directory', { ...small, dir: '' }, /"dir" must be/],
    ['a zone without a size', { ...small, zones: [{ name: 'a' }] }, /"zones" must be/],
    [
      'too many participants',
      { ...small, maxParticipants: 65 },
      /"maxParticipants" must be an integer, from 1 to 64/,
    ],
  ];
  test.each(impossible)('refuses %s', (_, config, message) => {
    const error = errorOf(() => Segment.create(freshName(), config as CreateConfig));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });

  test.each(['slots', 'slotSize'])('refuses every number of %s that is none', (field) => {
    for (const value of [undefined, null, NaN, -1, 0, 0.5, 2 ** 53, Infinity, '4', 4n, {}, []]) {
      const error = errorOf(() => Segment.create(freshName(), { ...small, [field]: value }));
      expect(error.code).toBe('CONFIG_INVALID');
      expect(error.message).toContain(`"${field}" must be an integer`);
    }
  });

  test('refuses sizes whose product is too large, and leaves nothing behind', () => {
    const before = fs.readdirSync(dir);
    for (const config of [
      { slots: 2 ** 52, slotSize: 2 ** 52 },
      { slots: 2 ** 40, slotSize: 2 ** 20 },
      { slots: Number.MAX_SAFE_INTEGER, slotSize: 1 },
    ]) {
      expect(['CONFIG_INVALID', 'NO_SPACE']).toContain(
        errorOf(() => Segment.create(freshName(), { dir, ...config })).code,
      );
    }
    expect(fs.readdirSync(dir)).toEqual(before);
  });

  test.each(['', '.hidden', 'a/b', '../x', 'a b', 'ä', 'x'.repeat(201), 'a\0b'])(
    'refuses the name %j',
    (name) => {
      expect(errorOf(() => Segment.create(name, small)).code).toBe('NAME_INVALID');
    },
  );

  test.each([undefined, null, 7, {}])('refuses %p for a name', (name) => {
    expect(errorOf(() => Segment.create(name as never, small)).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => Segment.open(name as never)).code).toBe('INVALID_ARGUMENT');
    expect(
      errorOf(() => {
        Segment.unlink(name as never);
      }).code,
    ).toBe('INVALID_ARGUMENT');
  });
});

describe('open', () => {
  test('changes no byte of the block', () => {
    const name = freshName();
    const { path: file } = Segment.create(name, small);
    using producer = Producer.open(name, { dir });
    producer.write(Buffer.from('x'));
    const before = fs.readFileSync(file);
    using segment = Segment.open(name, { dir });
    segment.info();
    segment.snapshot();
    segment.slots(0, 4);
    segment.metrics();
    segment.validate({ checksums: true });
    segment.plan();
    segment.history();
    expect(fs.readFileSync(file).equals(before)).toBe(true);
  });

  test('shows participants, slots and counters', () => {
    const name = freshName();
    Segment.create(name, small);
    using producer = Producer.open(name, { dir, name: 'the-writer', note: 'room 12' });
    using consumer = Consumer.open(name, { dir, name: 'the-reader' });
    producer.write(Buffer.from('hello'));
    using segment = Segment.open(name, { dir });
    const snapshot = segment.snapshot();
    expect(snapshot.claim).toBe(1n);
    expect(
      snapshot.participants.map(({ id, role, name: shown, verdict }) => ({ id, role, shown, verdict })),
    ).toEqual(
      expect.arrayContaining([
        { id: producer.participant, role: 'producer', shown: 'the-writer', verdict: 'ALIVE' },
        { id: consumer.participant, role: 'consumer', shown: 'the-reader', verdict: 'ALIVE' },
      ]),
    );
    expect(segment.slots(0, 2)).toMatchObject([
      { slot: 0, phase: 'COMMITTED', seq: 0n, length: 5 },
      { slot: 1, phase: 'FREE', seq: null },
    ]);
    expect(segment.metrics().total_slots_written).toBe(1n);
    expect(segment.validate()).toMatchObject({ slotsChecked: 4, violations: [] });
    expect(segment.plan()).toEqual([]);
  });

  test('refuses wrong arguments', () => {
    const name = freshName();
    Segment.create(name, small);
    using segment = Segment.open(name, { dir });
    expect(errorOf(() => segment.slots(0, 5)).message).toContain('"count" must be an integer from 0 to 4');
    expect(errorOf(() => segment.slots(-1, 1)).message).toContain('"from" must be');
    expect(errorOf(() => segment.slots(NaN, 1)).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => segment.snapshot({ limit: -1 })).message).toContain('"limit" must be');
    expect(errorOf(() => segment.snapshot({ stuckAfter: 1 } as never)).message).toContain(
      'did you mean "stuckAfterMs"?',
    );
    expect(errorOf(() => segment.validate({ checksum: true } as never)).message).toContain(
      'did you mean "checksums"?',
    );
    expect(errorOf(() => Segment.open(name, { directory: dir } as never)).message).toContain(
      'unknown option "directory"',
    );
  });

  test('a block that is not there, and files that are none', () => {
    expect(errorOf(() => Segment.open(freshName(), { dir }))).toMatchObject({
      code: 'NO_SUCH_BLOCK',
      exitCode: 66,
    });
    fs.writeFileSync(path.join(dir, 'text'), 'This is no block.\n'.repeat(1000));
    expect(errorOf(() => Segment.open('text', { dir })).code).toBe('NOT_A_BLOCK');
    fs.writeFileSync(path.join(dir, 'empty'), '');
    expect(['NOT_A_BLOCK', 'TRUNCATED']).toContain(errorOf(() => Segment.open('empty', { dir })).code);
    const name = freshName();
    const { path: file } = Segment.create(name, small);
    fs.truncateSync(file, fs.statSync(file).size - 1);
    expect(errorOf(() => Segment.open(name, { dir })).code).toBe('TRUNCATED');
    expect(errorOf(() => Producer.open(name, { dir })).code).toBe('TRUNCATED');
  });

  test('closing twice is closing once, and nothing works afterwards', () => {
    const name = freshName();
    Segment.create(name, small);
    const segment = Segment.open(name, { dir });
    segment.close();
    segment.close();
    expect(errorOf(() => segment.snapshot()).code).toBe('CLOSED');
    expect(errorOf(() => segment.info()).code).toBe('CLOSED');
  });
});

describe('unlink', () => {
  test('removes a block that nobody uses', () => {
    const name = freshName();
    Segment.create(name, small);
    Segment.unlink(name, { dir });
    expect(errorOf(() => Segment.open(name, { dir })).code).toBe('NO_SUCH_BLOCK');
    expect(
      errorOf(() => {
        Segment.unlink(name, { dir });
      }).code,
    ).toBe('NO_SUCH_BLOCK');
  });

  test('refuses one that is in use; with force its participants go on', () => {
    const name = freshName();
    Segment.create(name, small);
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    expect(
      errorOf(() => {
        Segment.unlink(name, { dir });
      }),
    ).toMatchObject({ code: 'IN_USE', exitCode: 5 });
    Segment.unlink(name, { dir, force: true });
    expect(errorOf(() => Segment.open(name, { dir })).code).toBe('NO_SUCH_BLOCK');
    producer.write(Buffer.from('still here'));
    expect(Buffer.from(consumer.acquire(1000).data).toString()).toBe('still here');
  });

  test('never removes another block that took the name', () => {
    const name = freshName();
    const old = Segment.create(name, small);
    Segment.unlink(name, { dir });
    Segment.create(name, small);
    expect(
      errorOf(() => {
        Segment.unlink(name, { dir, instance: old.instance });
      }).code,
    ).toBe('RECREATED');
    using segment = Segment.open(name, { dir });
    expect(segment.info().instance).not.toBe(old.instance);
  });
});
