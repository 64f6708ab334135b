import { Worker } from 'node:worker_threads';
import * as path from 'node:path';
import { Consumer, Producer, Segment, ZoneUser, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, start } from '../support/child';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';
import { leaveTraces } from '../support/participants';
import { root } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

const index = JSON.stringify(path.join(root, 'dist', 'index.js'));

function makeBlock(details: Partial<CreateConfig> = {}): string {
  const name = freshName();
  const zones = [
    { name: 'calibration', size: 4096 },
    { name: 'tiny', size: 8 },
  ];
  Segment.create(name, { dir, slots: 4, slotSize: 64, zones, healAfterMs: 20, ...details });
  return name;
}

function open(name: string): ZoneUser {
  return ZoneUser.open(name, { dir });
}

describe('zones', () => {
  test('are the same memory for every kind of handle, without a copy', () => {
    const name = makeBlock();
    using user = open(name);
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const zone = user.zone('calibration');
    expect(zone).toMatchObject({ name: 'calibration', size: 4096 });
    expect(zone.data).toBe(zone.data);
    expect(user.zone('calibration')).toBe(zone);
    zone.data[4095] = 1;
    producer.zone('calibration').data[0] = 2;
    expect(consumer.zone('calibration').data[4095]).toBe(1);
    consumer.zone('tiny').data.set([3], 7);
    using segment = Segment.open(name, { dir });
    expect(segment.readZone('calibration')[0]).toBe(2);
    expect([...segment.readZone('tiny')]).toEqual([0, 0, 0, 0, 0, 0, 0, 3]);
  });

  test('after close a view that was kept is empty, and everything else says CLOSED', () => {
    const name = makeBlock();
    for (const handle of [open(name), Producer.open(name, { dir }), Consumer.open(name, { dir })]) {
      const zone = handle.zone('tiny');
      const kept = zone.data;
      kept[0] = 7;
      expect(kept).toHaveLength(8);
      handle.close();
      expect(kept).toHaveLength(0);
      kept[0] = 9; // writes nowhere
      expect(errorOf(() => zone.data).code).toBe('CLOSED');
      expect(
        errorOf(() => {
          zone.updateChecksum();
        }).code,
      ).toBe('CLOSED');
      expect(errorOf(() => zone.verifyChecksum()).code).toBe('CLOSED');
      expect(errorOf(() => handle.zone('tiny')).code).toBe('CLOSED');
      expect(errorOf(() => handle.spinlock(0)).code).toBe('CLOSED');
      handle.close();
    }
    using segment = Segment.open(name, { dir });
    expect(segment.readZone('tiny')[0]).toBe(7);
  });

  test('one that there is not is refused with those there are', () => {
    using user = open(makeBlock());
    const error = errorOf(() => user.zone('tny'));
    expect(error).toMatchObject({ code: 'NO_SUCH_ZONE', exitCode: 66 });
    expect(error.message).toContain('calibration, tiny');
    expect(errorOf(() => user.zone(4 as unknown as string)).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => user.zone(undefined as unknown as string)).code).toBe('INVALID_ARGUMENT');
  });

  test('names of up to 47 bytes', () => {
    const zone = { name: 'z'.repeat(47), size: 1 };
    using user = open(makeBlock({ zones: [zone] }));
    expect(user.zone(zone.name).size).toBe(1);
    const config = { dir, slots: 1, slotSize: 1, zones: [{ name: 'z'.repeat(48), size: 1 }] };
    expect(errorOf(() => Segment.create(freshName(), config)).code).toBe('CONFIG_INVALID');
  });

  test('checksums are stored and verified by hand only', () => {
    const name = makeBlock({ checksum: 'blake2b' });
    using user = open(name);
    using segment = Segment.open(name, { dir });
    const zone = user.zone('tiny');
    expect(zone.verifyChecksum()).toBe('absent');
    zone.updateChecksum();
    expect(zone.verifyChecksum()).toBe('matches');
    zone.data[0] = 1;
    expect(zone.verifyChecksum()).toBe('differs');
    expect(segment.zones()).toMatchObject([
      { name: 'calibration', size: 4096, checksum: 'absent', updates: 0n, updatedAt: null },
      { name: 'tiny', checksum: 'differs', updates: 1n },
    ]);
  });

  test('the options of a zone user are checked', () => {
    const name = makeBlock();
    const wrong = { dir, mode: 'sync' } as never;
    expect(errorOf(() => ZoneUser.open(name, wrong)).message).toMatch(/unknown option "mode"/);
    expect(errorOf(() => ZoneUser.open('nowhere', { dir })).code).toBe('NO_SUCH_BLOCK');
    using user = ZoneUser.open(name, { dir, name: 'me', note: 'about me' });
    user.heartbeat();
    using segment = Segment.open(name, { dir });
    const [participant] = segment.snapshot().participants;
    expect(participant).toMatchObject({ role: 'zone-user', mode: 'none', name: 'me', note: 'about me' });
    expect(segment.metrics().heartbeat_sent_count).toBe(1n);
  });
});

describe('spinlocks', () => {
  test('exclude other participants, and are recursive within one', () => {
    const name = makeBlock();
    using one = open(name);
    using other = open(name);
    const mine = one.spinlock(3);
    const theirs = other.spinlock(3);
    expect(mine.lock()).toBe(mine);
    expect(mine.held).toBe(true);
    expect(theirs.held).toBe(false);
    expect(theirs.tryLock()).toBe(false);
    expect(errorOf(() => theirs.lock({ timeoutMs: 5 }))).toMatchObject({ code: 'TIMEOUT', exitCode: 75 });
    expect(mine.tryLock()).toBe(true);
    mine.unlock();
    expect(theirs.tryLock()).toBe(false);
    mine.unlock();
    expect(theirs.tryLock()).toBe(true);
    expect(
      errorOf(() => {
        mine.unlock();
      }).code,
    ).toBe('NOT_LOCKED');
    expect(
      errorOf(() => {
        mine.markConsistent();
      }).code,
    ).toBe('NOT_LOCKED');
  });

  test('`using` unlocks at the end of the scope, also when it is left by an error', () => {
    const name = makeBlock();
    using user = open(name);
    const lock = user.spinlock(0);
    expect(
      errorOf(() => {
        using held = lock.lock();
        expect(held.held).toBe(true);
        user.zone('none');
      }).code,
    ).toBe('NO_SUCH_ZONE');
    expect(lock.held).toBe(false);
  });

  test('withLock: the result, the error, and no promises', () => {
    using user = open(makeBlock());
    const lock = user.spinlock(0);
    expect(lock.withLock(() => (lock.held ? 'locked' : 'not'))).toBe('locked');
    expect(() =>
      lock.withLock(() => {
        throw new RangeError('mine');
      }),
    ).toThrow(new RangeError('mine'));
    expect(errorOf(() => lock.withLock(() => Promise.resolve(1))).code).toBe('INVALID_ARGUMENT');
    expect(lock.held).toBe(false);
  });

  test('indices and options that cannot be are refused', () => {
    using user = open(makeBlock());
    for (const index of [-1, 32, 0.5, NaN, '3', undefined, 2 ** 53])
      expect(errorOf(() => user.spinlock(index as number)).code).toBe('CONFIG_INVALID');
    const lock = user.spinlock(31);
    expect(user.spinlock(31)).toBe(lock);
    for (const options of [{ timeout: 5 }, { timeoutMs: -2 }, { timeoutMs: NaN }, { onOwnerDead: 'ignore' }])
      expect(errorOf(() => lock.lock(options as never)).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => lock.withLock(4 as never)).code).toBe('INVALID_ARGUMENT');
    expect(lock.held).toBe(false);
  });

  test('a handle that is closed leaves its lock, and the next owner is told', () => {
    const name = makeBlock();
    const one = open(name);
    one.spinlock(1).lock();
    one.close();
    expect(errorOf(() => one.spinlock(1)).code).toBe('CLOSED');
    using other = open(name);
    expect(errorOf(() => other.spinlock(1).lock())).toMatchObject({ code: 'OWNER_DEAD', exitCode: 3 });
    expect(other.spinlock(1).held).toBe(false);
  });

  test('an owner that is killed: OWNER_DEAD until the data is said to be whole', async () => {
    const name = makeBlock();
    await leaveTraces('lock', name, dir);
    using user = open(name);
    const lock = user.spinlock(5);
    expect(errorOf(() => lock.lock({ timeoutMs: 20_000 })).code).toBe('OWNER_DEAD');
    expect(errorOf(() => lock.tryLock()).code).toBe('OWNER_DEAD');
    expect(lock.held).toBe(false);
    lock.lock({ onOwnerDead: 'accept' });
    expect(lock.ownerDied).toBe(true);
    lock.unlock();
    expect(errorOf(() => lock.withLock(() => 'never')).code).toBe('OWNER_DEAD');
    const steps: string[] = [];
    lock.withLock(() => steps.push('body'), { repair: () => steps.push('repair') });
    lock.withLock(() => steps.push('body'), { repair: () => steps.push('repair') });
    expect(steps).toEqual(['repair', 'body', 'body']);
    expect(lock.ownerDied).toBe(false);
  });

  test('a repair that fails leaves the mark', async () => {
    const name = makeBlock();
    await leaveTraces('lock', name, dir);
    using user = open(name);
    const lock = user.spinlock(5);
    const repair = (): void => {
      throw new RangeError('cannot');
    };
    expect(() => lock.withLock(() => 'never', { repair, timeoutMs: 20_000 })).toThrow(RangeError);
    expect(lock.held).toBe(false);
    expect(errorOf(() => lock.lock()).code).toBe('OWNER_DEAD');
  });

  test('worker threads of one process exclude each other', async () => {
    const name = makeBlock();
    using user = open(name);
    user.spinlock(2).lock();
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const { ZoneUser } = require(${index});
       const user = ZoneUser.open(${JSON.stringify(name)}, { dir: ${JSON.stringify(dir)} });
       parentPort.postMessage(user.spinlock(2).tryLock());
       user.spinlock(2).lock();
       user.zone('tiny').data[0]++;
       user.close();`,
      { eval: true },
    );
    const [first] = (await Promise.all([new Promise((resolve) => worker.once('message', resolve))])) as [
      boolean,
    ];
    expect(first).toBe(false);
    user.spinlock(2).unlock();
    await new Promise((resolve) => worker.once('exit', resolve));
    expect(user.zone('tiny').data[0]).toBe(1);
    expect(errorOf(() => user.spinlock(2).lock()).code).toBe('OWNER_DEAD');
  });

  test('several processes share one zone under a lock, and one of them is killed', async () => {
    const name = makeBlock();
    const rounds = 2000;
    const program = `
      const { ZoneUser } = require(${index});
      const user = ZoneUser.open(process.argv[1], { dir: process.argv[2] });
      const rounds = Number(process.argv[3]);
      const numbers = new Uint32Array(user.zone('calibration').data.buffer, 0, 2);
      const repair = () => { numbers[1] = numbers[0]; };
      console.log('ready');
      for (let i = 0; i < rounds; i++) {
        user.spinlock(7).withLock(() => {
          if (numbers[0] !== numbers[1]) throw new Error('torn: ' + numbers);
          numbers[0]++;
          numbers[1]++;
        }, { repair });
      }
      user.close();`;
    const run = (count: number) =>
      start(process.execPath, ['-e', program, name, dir, String(count)], { dir });
    const workers = [run(rounds), run(rounds), run(rounds)];
    const victim = run(1e9);
    await new Promise<void>((resolve) =>
      victim.process.stdout?.once('data', () => {
        resolve();
      }),
    );
    victim.kill('SIGKILL');
    for (const worker of workers) {
      const { exit, stderr } = await worker.ended;
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    }
    using user = open(name);
    const { buffer } = user.zone('calibration').data;
    const numbers = new Uint32Array(buffer, 0, 2);
    const repair = (): void => {
      numbers[1] = numbers[0]!;
    };
    user.spinlock(7).withLock(
      () => {
        expect(numbers[0]).toBe(numbers[1]);
        expect(numbers[0]).toBeGreaterThanOrEqual(3 * rounds);
      },
      { repair, timeoutMs: 20_000 },
    );
  });
});
