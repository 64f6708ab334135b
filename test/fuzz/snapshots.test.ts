/** Snapshot files with damaged content: every command that reads one has an answer, and prints nothing but text. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import { DataBlockError } from '../../src/api/errors';
import { toJson } from '../../src/cli/envelope';
import { diagnose } from '../../src/operations/diagnosis';
import { inspect } from '../../src/operations/inspection';
import { observing, type ObserverLocation } from '../../src/operations/opening';
import { takeSnapshot } from '../../src/operations/snapshot';
import { validate } from '../../src/operations/validation';
import { explainWaits } from '../../src/operations/why/explanation';
import { renderDiagnosis } from '../../src/render/diagnosis';
import { renderHistory } from '../../src/render/history';
import { renderInspection } from '../../src/render/inspection';
import { makeStyle, type Style } from '../../src/render/style';
import { renderValidation } from '../../src/render/validation';
import { renderExplanationOfWaits } from '../../src/render/why';
import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { leaveAllTraces, Participant } from '../support/participants';
import { fuzz } from './fuzz-run';

const dir = blockDirectory();
const headerSize = 4096;

/** What each command finds, and prints. */
const commands: Record<string, (location: ObserverLocation, style: Style) => [unknown, string]> = {
  diagnose: (location, style) => {
    const found = diagnose('fuzzed', location, { stuckAfterNs: 1_000_000_000n });
    return [found, renderDiagnosis(found, style)];
  },
  validate: (location, style) => {
    const found = validate('fuzzed', location, true);
    return [found, renderValidation(found, style)];
  },
  inspect: (location, style) => {
    const found = inspect('fuzzed', location, 1_000_000_000n);
    return [found, renderInspection(found, style)];
  },
  why: (location, style) => {
    const found = explainWaits('fuzzed', location, { stuckAfterNs: 1_000_000_000n, watchMs: 0 });
    return [found, renderExplanationOfWaits(found, style)];
  },
  history: (location, style) => {
    const found = observing('fuzzed', location, (observer) => observer.history());
    return [found, renderHistory(found, style)];
  },
};

/** A name in a block may be anything; a terminal must not be told to obey it. */
// eslint-disable-next-line no-control-regex
const commandsOfTerminals = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;

/** A snapshot, and how much of it is the block: what comes behind it has a digest of its own, which test/fuzz/fuzz_snapshot.cpp makes fit. */
async function makeSnapshot(): Promise<{ bytes: Buffer; blockSize: number }> {
  makeBlock('fuzzed', dir, {
    slots: 4,
    slotSize: 64,
    maxParticipants: 4,
    checksum: 'xxh3',
    timestamps: true,
  });
  publish('fuzzed', dir, 6);
  await Participant.start('follow', 'fuzzed', dir);
  await leaveAllTraces(['write', 'peek'], 'fuzzed', dir);
  const file = path.join(dir, 'whole');
  takeSnapshot('fuzzed', { dir }, file, true);
  const blockSize = observing('fuzzed', { dir }, (observer) => observer.info().totalSize);
  return { bytes: fs.readFileSync(file), blockSize };
}

/** Places that are worth to be hit: those that are not zero, and what lies beside them. */
function interestingPlaces(bytes: Buffer, end: number): number[] {
  const places = new Set<number>();
  for (let at = headerSize; at < end; at += 8) {
    if (bytes.readBigUInt64LE(at) === 0n) continue;
    for (const near of [at - 8, at, at + 8]) places.add(Math.min(near, end - 8));
  }
  return [...places];
}

test('whatever a snapshot says, each command has an answer', async () => {
  const { bytes: good, blockSize } = await makeSnapshot();
  const file = path.join(dir, 'damaged');
  const places = interestingPlaces(good, blockSize);
  const word = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: 0n, max: 300n }),
    fc.constantFrom(1n << 63n, (1n << 64n) - 1n, (1n << 53n) - 1n, 1n << 53n, 1n << 12n, 0x1b5b324a1b5b324an),
  );
  const pokes = fc.array(fc.record({ at: fc.constantFrom(...places), word }), {
    minLength: 1,
    maxLength: 12,
  });
  let answers = 0;
  fuzz(
    'reports',
    fc.record({
      pokes,
      cut: fc.oneof(
        { weight: 19, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.nat(good.length) },
      ),
    }),
    ({ pokes, cut }) => {
      const bytes = Buffer.from(good);
      for (const { at, word } of pokes) bytes.writeBigUInt64LE(word, at);
      const damaged = cut === null ? bytes : bytes.subarray(0, cut);
      fs.writeFileSync(file, damaged);
      for (const look of Object.values(commands)) {
        try {
          const [found, text] = look({ dir, snapshot: file }, makeStyle());
          JSON.parse(toJson(found));
          answers += 1;
          expect(text).not.toMatch(commandsOfTerminals);
        } catch (e) {
          if (!(e instanceof DataBlockError)) throw e;
        }
      }
      expect(fs.readFileSync(file).equals(damaged)).toBe(true);
    },
  );
  expect(answers).toBeGreaterThan(0);
});
