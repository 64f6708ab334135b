import type { Snapshot, SpinlockReport } from '../../../src/native';
import { exitOfFindings, findingsOf } from '../../../src/operations/findings';
import {
  beingCleaned,
  deadProducer,
  markedSpinlock,
  participant,
  slot,
  snapshot,
  spinlock,
  stuckSlot,
} from '../../support/reports';

const limit = 30_000_000_000n;
const longer = 31_000_000_000n;

function exitOf(details: Partial<Snapshot>): number {
  return exitOfFindings(findingsOf(snapshot(details), limit));
}

test('0: everybody is alive and nothing takes long', () => {
  const busy = slot({ phase: 'WRITING', owner: 2, verdict: 'busy', heldForNs: 5n });
  expect(exitOf({ participants: [participant()], notable: [busy] })).toBe(0);
  expect(exitOf({})).toBe(0);
});

test('2: dead participants and their traces', () => {
  expect(exitOf({ participants: [deadProducer()], notable: [stuckSlot()] })).toBe(2);
  expect(exitOf({ participants: [deadProducer()] })).toBe(2);
  const quarantined = slot({ phase: 'QUARANTINED', owner: 2, verdict: 'quarantined' });
  expect(exitOf({ participants: [deadProducer()], notable: [quarantined] })).toBe(2);
});

test('3: somebody alive is in the way', () => {
  expect(exitOf({ participants: [participant({ verdict: 'STOPPED' })] })).toBe(3);
  expect(
    exitOf({
      participants: [participant()],
      notable: [slot({ owner: 2, verdict: 'slow', heldForNs: longer })],
    }),
  ).toBe(3);
  expect(
    exitOf({ participants: [participant()], notable: [slot({ owner: 2, verdict: 'quarantined' })] }),
  ).toBe(3);
});

test('a dead participant that somebody cleans up after: it depends on who that is', () => {
  expect(exitOf({ participants: [beingCleaned('ALIVE')] })).toBe(2);
  expect(exitOf({ participants: [beingCleaned('STOPPED')] })).toBe(3);
  expect(exitOf({ participants: [beingCleaned('UNKNOWN')] })).toBe(4);
  const cleanerDied = { ...beingCleaned('DEAD'), evidence: deadProducer().evidence };
  expect(exitOf({ participants: [cleanerDied] })).toBe(2);
});

test('a slot that readers hold is a problem only after a while', () => {
  const held = slot({ phase: 'DRAINING', owner: 2, verdict: 'held', heldBy: [3] });
  const participants = [participant(), participant({ id: 3, role: 'consumer', mode: 'sequential' })];
  expect(exitOf({ participants, notable: [{ ...held, heldForNs: 1_000n }] })).toBe(0);
  expect(exitOf({ participants, notable: [{ ...held, heldForNs: longer }] })).toBe(3);
  expect(exitOf({ participants, notable: [{ ...held, heldForNs: -1n }] })).toBe(4);
});

test('4: unknown only; with something certain the worse of both', () => {
  const unknown = participant({ id: 3, verdict: 'UNKNOWN', reason: 'permission' });
  expect(exitOf({ participants: [unknown] })).toBe(4);
  expect(exitOf({ notable: [slot({ owner: 3, verdict: 'unknown' })] })).toBe(4);
  expect(exitOf({ participants: [unknown, deadProducer()] })).toBe(4);
  expect(exitOf({ participants: [unknown, participant({ verdict: 'STOPPED' })] })).toBe(3);
});

test('6: corruption outweighs everything', () => {
  expect(exitOf({ participants: [participant({ state: 'invalid' })] })).toBe(6);
  expect(
    exitOf({
      participants: [deadProducer()],
      notable: [slot({ phase: 'INVALID', verdict: 'corrupt' }), stuckSlot()],
    }),
  ).toBe(6);
});

test('a free entry is nobody', () => {
  expect(exitOf({ participants: [participant({ state: 'free', verdict: 'DEAD' })] })).toBe(0);
});

test('slots beyond the listed ones count too', () => {
  const summary = snapshot().summary;
  summary.byVerdict.corrupt = 1;
  expect(exitOf({ summary, truncated: true })).toBe(6);
  summary.byVerdict.corrupt = 0;
  summary.byVerdict.stuck = 2;
  expect(exitOf({ summary, truncated: true, notable: [stuckSlot()] })).toBe(2);
});

test('a finding names the slot and its owner', () => {
  expect(findingsOf(snapshot({ participants: [deadProducer()], notable: [stuckSlot()] }), limit)).toEqual([
    { severity: 'safe', slot: null, spinlock: null, participant: 2 },
    { severity: 'safe', slot: 1, spinlock: null, participant: 2 },
  ]);
});

test('spinlocks: by who holds them', () => {
  const exitOfLock = (lock: SpinlockReport): number =>
    exitOf({ participants: [participant()], spinlocks: [lock] });
  expect(exitOfLock(spinlock())).toBe(0);
  expect(exitOfLock(spinlock({ verdict: 'stuck' }))).toBe(2);
  expect(exitOfLock(spinlock({ verdict: 'slow' }))).toBe(3);
  expect(exitOfLock(spinlock({ verdict: 'orphaned' }))).toBe(3);
  expect(exitOfLock(markedSpinlock())).toBe(3);
  expect(exitOfLock(spinlock({ verdict: 'unknown' }))).toBe(4);
  expect(exitOfLock(spinlock({ verdict: 'corrupt' }))).toBe(6);
});
