/**
 * Producers and consumers are killed (-9) at random moments while others run. Afterwards, for every consumer:
 * delivered + declared lost = committed, in the span of the stream that it was there for.
 *
 * What was committed is known twice: from what each producer told after each commit (a killed one may have
 * committed one more than it could tell), and from the witness, a sync consumer that is never killed.
 */
import * as path from 'node:path';
import { Producer, Segment, type ConsumerMode, type ProducerMode } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, start, until, type Child } from '../support/child';
import { freshName } from '../support/names';
import { Random } from '../support/random';

const dir = blockDirectory();
killChildrenAfterEach();

interface Told {
  seq: number;
  lost: number;
  run: string;
  index: number;
}

interface ProducerRun {
  run: string;
  child: Child;
}

interface ConsumerRun {
  mode: ConsumerMode;
  child: Child;
  killed: boolean;
}

/** Whole lines: the last one of a killed process may be cut. */
const linesOf = (child: Child): string[] => child.stdout.split('\n').slice(0, -1);

function deliveredTo({ child }: ConsumerRun): Told[] {
  return linesOf(child)
    .filter((line) => line !== 'ready' && line !== 'end')
    .map((line) => {
      const [seq, lost, run, index] = line.split(' ');
      return { seq: Number(seq), lost: Number(lost), run: run ?? '', index: Number(index) };
    });
}

/** Everything that a test starts at one block. */
class Scene {
  readonly producers: ProducerRun[] = [];
  readonly consumers: ConsumerRun[] = [];
  kills = 0;
  readonly #name = freshName();
  #runs = 0;

  constructor(producers: ProducerMode, slots: number) {
    Segment.create(this.#name, { dir, slots, slotSize: 128, producers, healAfterMs: 10 });
  }

  startProducer(random: Random): ProducerRun {
    const run = `p${this.#runs++}`;
    const script = path.join(__dirname, 'producer.js');
    const args = [script, this.#name, run, String(random.integer(0, 1500)), String(random.integer(0, 1500))];
    const started = { run, child: start(process.execPath, args, { dir }) };
    this.producers.push(started);
    return started;
  }

  startConsumer(mode: ConsumerMode, random: Random): ConsumerRun {
    const script = path.join(__dirname, 'consumer.js');
    const args = [script, this.#name, `c${this.#runs++}`, mode, String(random.integer(0, 300))];
    const started = { mode, child: start(process.execPath, args, { dir }), killed: false };
    this.consumers.push(started);
    return started;
  }

  kill(child: Child): Promise<unknown> {
    child.kill('SIGKILL');
    this.kills++;
    return child.ended;
  }

  /** Ends the stream properly, so that every consumer that is left reads to its end. */
  async end(): Promise<void> {
    await Promise.all(this.producers.map(({ child }) => child.ended));
    const last = Producer.open(this.#name, { dir, standbyMs: 5000 });
    last.markEnd(5000);
    last.close();
    for (const { child, killed } of this.consumers.filter((consumer) => !consumer.killed)) {
      const { exit, stderr } = await child.ended;
      expect({ exit, killed, stderr }).toEqual({ exit: 0, killed: false, stderr: '' });
      expect(linesOf(child).at(-1)).toBe('end');
    }
    using segment = Segment.open(this.#name, { dir });
    expect(segment.validate().violations).toEqual([]);
    const left = segment
      .snapshot()
      .participants.filter(({ state, verdict }) => state !== 'free' && verdict !== 'DEAD');
    expect(left).toEqual([]);
  }
}

const killed = (child: Child): boolean =>
  child.process.exitCode !== null || child.process.signalCode !== null;

/** What each producer says it committed agrees with what the witness read. */
function checkProducers(scene: Scene, committed: readonly Told[]): void {
  for (const { run, child } of scene.producers) {
    const told = linesOf(child).filter((line) => !line.endsWith('ready'));
    const read = committed.filter((message) => message.run === run);
    expect(read.map(({ index }) => index)).toEqual(read.map((_, i) => i));
    expect([told.length, told.length + 1]).toContain(read.length);
    for (const [i, line] of told.entries()) expect(line).toBe(`${run} ${i} ${read[i]?.seq}`);
  }
}

/**
 * The oracle, for one consumer: every message committed in its span was delivered, or declared as lost just
 * where it was.
 */
function checkConsumer(
  consumer: ConsumerRun,
  committed: readonly Told[],
  position: ReadonlyMap<number, number>,
): void {
  const delivered = deliveredTo(consumer);
  delivered.forEach((message, i) => {
    const at = position.get(message.seq);
    expect(at).toBeDefined();
    expect(message).toMatchObject({ run: committed[at!]!.run, index: committed[at!]!.index });
    const previous = delivered[i - 1];
    if (previous === undefined) return;
    const missed = at! - position.get(previous.seq)! - 1;
    expect(missed).toBeGreaterThanOrEqual(0);
    if (consumer.mode === 'sync') {
      expect({ ...message, missed }).toMatchObject({ missed: 0, lost: 0 });
    } else {
      // Numbers that were given up (tombstones) cannot be told apart from lost ones.
      expect(message.lost).toBeGreaterThanOrEqual(missed);
      expect(message.lost).toBeLessThan(message.seq - previous.seq);
    }
  });
}

function check(scene: Scene, witness: ConsumerRun): void {
  const committed = deliveredTo(witness);
  const position = new Map(committed.map(({ seq }, i) => [seq, i]));
  checkProducers(scene, committed);
  for (const consumer of scene.consumers) checkConsumer(consumer, committed, position);
}

const seed = Number(process.env.DATABLOCK_SEED ?? Date.now() % 2 ** 31);

async function play(mode: ProducerMode, slots: number, producers: number, kills: number): Promise<void> {
  process.stderr.write(`kill-at-random, ${mode}, ${slots} slots: DATABLOCK_SEED=${seed}\n`);
  const random = new Random(seed + slots);
  const scene = new Scene(mode, slots);
  const witness = scene.startConsumer('sync', random);
  await until('the witness is there', () => witness.child.stdout !== '');
  const writing = Array.from({ length: producers }, () => scene.startProducer(random));
  const reading = (['sync', 'sequential', 'latest', 'sync'] as const).map((m) =>
    scene.startConsumer(m, random),
  );

  while (scene.kills < kills) {
    await new Promise((resolve) => setTimeout(resolve, random.integer(20, 120)));
    // A process that is not there yet would die before it has done anything.
    const role = random.pick(['producer', 'producer', 'consumer', 'both']);
    const deaths: Promise<unknown>[] = [];
    if (role !== 'consumer') {
      const k = random.integer(0, writing.length - 1);
      if (writing[k]!.child.stdout.includes('ready')) {
        deaths.push(scene.kill(writing[k]!.child));
        writing[k] = scene.startProducer(random);
      }
    }
    if (role !== 'producer') {
      const k = random.integer(0, reading.length - 1);
      const consumer = reading[k]!;
      if (consumer.child.stdout.includes('ready')) {
        consumer.killed = true;
        deaths.push(scene.kill(consumer.child));
        reading[k] = scene.startConsumer(consumer.mode, random);
      }
    }
    await Promise.all(deaths);
    expect(scene.consumers.filter((consumer) => !consumer.killed && killed(consumer.child))).toEqual([]);
  }

  // In `single` mode all producers but one wait for their turn: those that had none may go as they are.
  await until('everyone is there', () => reading.every(({ child }) => child.stdout !== ''));
  for (const { child } of writing) await scene.kill(child);
  await scene.end();
  check(scene, witness);
  const { length } = deliveredTo(witness);
  expect(length).toBeGreaterThan(kills);
}

test('several producers, a ring of 8', () => play('multi', 8, 3, 100), 120_000);
test('several producers, one slot', () => play('multi', 1, 2, 30), 120_000);
test('one producer after another, a ring of 4', () => play('single', 4, 2, 50), 120_000);
test('several producers, a ring of 1000', () => play('multi', 1000, 3, 30), 120_000);
