/** Plan files, whatever is in them: a plan made now would say the same of what is done, and nothing else is written. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import { DataBlockError } from '../../src/api/errors';
import { toJson } from '../../src/cli/envelope';
import { native, type RecoveryAction } from '../../src/native';
import { applyPlan, type TakenAction } from '../../src/operations/recovery';
import { parsePlans, planFor, type RecoveryPlan } from '../../src/operations/recovery-plan';
import { validate } from '../../src/operations/validation';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish, scribble } from '../support/blocks';
import { leaveAllTraces, Participant } from '../support/participants';
import { fuzz } from './fuzz-run';
import { changedDocuments, changedTexts } from './mutations';

const dir = blockDirectory();
const corpus = path.join(__dirname, 'corpus', 'plan');
const kept = fs.readdirSync(corpus).map((file) => fs.readFileSync(path.join(corpus, file), 'utf8'));

/** What parsePlans() says, or undefined when it refuses the text. */
function plansOf(text: string): RecoveryPlan[] | undefined {
  try {
    return parsePlans(text);
  } catch (e) {
    if (e instanceof DataBlockError && e.code === 'BAD_DATA') return undefined;
    throw e;
  }
}

test('a text is a plan, or is refused as bad data', () => {
  const documents = kept.filter((text) => plansOf(text) !== undefined);
  expect(documents.length).toBeGreaterThan(2);
  const texts = fc.oneof(
    fc.constantFrom(...kept),
    changedTexts(kept, 6),
    changedDocuments(documents, 6),
    fc.json({ maxDepth: 6 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  fuzz('plan', texts, (text) => {
    const plans = plansOf(text);
    // What was understood is understood again, and as the same.
    if (plans !== undefined) expect(parsePlans(toJson({ result: { plans } }))).toEqual(plans);
  });
});

interface Scene {
  name: string;
  /** The block's file as it was left. */
  bytes: Buffer;
  /** What is to be done on it. */
  plan: RecoveryPlan;
}

/** Two producers with a slot each and two readers, of whom one each is dead; and one of the dead has read a message. */
async function scene(): Promise<Scene> {
  const name = 'fuzzed';
  makeBlock(name, dir, { slots: 8, maxParticipants: 8, checksum: 'xxh3' });
  publish(name, dir, 5);
  await Participant.start('write', name, dir);
  await Participant.start('follow', name, dir);
  await leaveAllTraces(['write', 'follow', 'peek'], name, dir);
  const plan = planFor(name, { dir });
  return { name, bytes: bytesOf(name, dir), plan };
}

function isSame(a: RecoveryAction, b: RecoveryAction): boolean {
  return (
    a.kind === b.kind &&
    a.participant === b.participant &&
    a.generation === b.generation &&
    a.slot === b.slot &&
    a.before === b.before
  );
}

/** What nobody may touch: the living, their slots, and every committed message. */
function untouchable(name: string): unknown {
  const observer = native().openObserver(name, { dir });
  try {
    const { participants } = observer.snapshot(0n, 0);
    const living = participants.filter(({ verdict }) => verdict === 'ALIVE');
    const ids = living.map(({ id }) => id);
    const slots = observer.slots(0, 8, 0n);
    return {
      living: living.map(({ evidence: _, ...facts }) => facts),
      slots: slots
        .filter(({ owner, phase }) => phase === 'COMMITTED' || ids.includes(owner))
        .map(({ slot, word, length }) => ({ slot, word, length })),
    };
  } finally {
    observer.close();
  }
}

function apply(plan: RecoveryPlan): TakenAction[] {
  try {
    return applyPlan(plan, { dir }).actions;
  } catch (e) {
    if (e instanceof DataBlockError) return [];
    throw e;
  }
}

test('a plan does what a plan made now would do, or nothing', async () => {
  const { name, bytes, plan } = await scene();
  expect(plan.actions.length).toBeGreaterThan(4);
  const before = untouchable(name);
  fuzz('apply', changedDocuments([toJson(plan)], 4), (text) => {
    const plans = plansOf(text);
    if (plans === undefined) return;
    scribble(name, dir, 0, bytes);
    const taken = plans.flatMap(apply).filter(({ applied }) => applied);
    for (const action of taken) expect(plan.actions.some((one) => isSame(one, action))).toBe(true);
    if (taken.length === 0) {
      expect(bytesOf(name, dir).equals(bytes)).toBe(true);
      return;
    }
    expect(untouchable(name)).toEqual(before);
    // However much of it was done, in whatever order: the rest can be done, and then all is well.
    applyPlan(planFor(name, { dir }), { dir });
    expect(planFor(name, { dir }).actions).toEqual([]);
    expect(untouchable(name)).toEqual(before);
    expect(validate(name, { dir }, true).violations).toEqual([]);
  });
});
