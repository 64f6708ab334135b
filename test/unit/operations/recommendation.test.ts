import type { Evidence, SlotReport } from '../../../src/native';
import { findingsOf } from '../../../src/operations/findings';
import type { SeenParticipant } from '../../../src/operations/local-pids';
import { recommend, type Advice, type Case } from '../../../src/operations/recommendation';
import {
  action,
  beingCleaned,
  deadProducer,
  evidence,
  markedSpinlock,
  participant,
  segment,
  slot,
  snapshot,
  spinlock,
  stuckSlot,
} from '../../support/reports';

function adviceOn(
  participants: SeenParticipant[],
  slots: SlotReport[],
  details: Partial<Case> = {},
): Advice[] {
  const { spinlocks = [] } = details;
  const taken = snapshot({ participants, notable: slots, spinlocks: [...spinlocks] });
  const findings = findingsOf(taken, 30_000_000_000n);
  const subject = { info: segment(), participants, slots, spinlocks, findings, plan: [], dir: undefined };
  return recommend({ ...subject, ...details });
}

test('nothing is wrong: no advice', () => {
  expect(adviceOn([participant()], [slot()])).toEqual([]);
});

test('a dead writer: one command, and what is lost', () => {
  expect(adviceOn([deadProducer()], [stuckSlot()], { plan: [action()] })).toEqual([
    {
      text: 'Safe to repair: nothing that was committed is lost; 1 message that was never finished will be skipped.',
      command: 'datablock-admin auto-recover sensor',
    },
  ]);
});

test('the command looks in the same directory', () => {
  expect(adviceOn([deadProducer()], [], { dir: '/x' })[0]).toEqual({
    text: 'Safe to repair: nothing is lost.',
    command: 'datablock-admin auto-recover sensor --dir /x',
  });
});

test('a slow live writer may be fenced off where there are many, else only ended', () => {
  const slow = slot({ slot: 3, phase: 'WRITING', owner: 2, verdict: 'slow', heldForNs: 45_000_000_000n });
  expect(adviceOn([participant()], [slow])[0]?.command).toBe(
    'datablock-admin force-reset-slot sensor --slot 3 --force',
  );
  const single = adviceOn([participant()], [slow], { info: segment({ producers: 'single' }) })[0];
  expect(single?.command).toBe('datablock-admin force-reset-slot sensor --slot 3 --kill --confirm sensor');
  expect(single?.text).toMatch(/PID 12345 \(produce\) is alive .* or end it/);
});

test('a slot in a living hand for a time unknown is to be looked at again', () => {
  const timeless = slot({
    slot: 3,
    phase: 'WRITING',
    owner: 2,
    verdict: 'unknown',
    reason: 'clock',
    heldForNs: -1n,
  });
  const [advice] = adviceOn([participant()], [{ ...timeless, seq: 7n }]);
  expect(advice?.command).toBe('datablock-admin diagnose sensor --slot 3');
  expect(advice?.text).toMatch(
    /PID 12345 \(produce\) lives and has slot 3.* still is at message 7 when you look again/,
  );
});

test('a stopped participant is to be continued', () => {
  expect(adviceOn([participant({ verdict: 'STOPPED' })], [])[0]?.command).toBe('kill -CONT 12345');
});

test('what continues a participant depends on who stopped it', () => {
  const stopped = (facts: Partial<Evidence>, localPid?: number | null): string | null | undefined => {
    const report = participant({ verdict: 'STOPPED', evidence: evidence(facts) });
    return adviceOn([localPid === undefined ? report : { ...report, localPid }], [])[0]?.command;
  };
  expect(stopped({ processState: 'T' })).toBe('kill -CONT 12345');
  expect(stopped({ processState: 't' })).toBeNull();
  expect(stopped({ frozen: true })).toMatch(/^echo 0 > .*cgroup\.freeze$/);
  expect(stopped({ samePidNamespace: false }, 77)).toBe('kill -CONT 77');
  expect(stopped({ samePidNamespace: false }, null)).toBeNull();
});

test('a stopped cleaner is to be ended, or continued', () => {
  const [advice] = adviceOn([beingCleaned('STOPPED')], []);
  expect(advice?.text).toMatch(/PID 9, which cleans up after participant 2, is stopped.*kill -CONT 9/);
  expect(advice?.command).toBe('datablock-admin auto-recover sensor --kill-cleaner --confirm sensor');
});

test('unknown: how to find out', () => {
  const unknown = participant({ verdict: 'UNKNOWN', reason: 'lock-held-process-gone' });
  const [advice] = adviceOn([unknown], []);
  expect(advice?.text).toMatch(/a child that it forked may live on/);
  expect(advice?.command).toBe('fuser -v /dev/shm/sensor');
});

test('what is safe comes first, and nothing twice', () => {
  const corrupt = slot({ slot: 2, phase: 'INVALID', verdict: 'corrupt' });
  const advice = adviceOn([deadProducer(), deadProducer({ id: 3, pid: 5 })], [corrupt, stuckSlot()]);
  expect(advice.map(({ command }) => command)).toEqual([
    'datablock-admin auto-recover sensor',
    'datablock-admin validate sensor',
  ]);
});

test('a lock whose data is in doubt: look at it, then say that it is whole', () => {
  const info = segment({ zones: [{ name: 'calibration', offset: 0, size: 64 }] });
  expect(adviceOn([], [], { info, spinlocks: [markedSpinlock()] })).toEqual([
    {
      text: 'An owner died or left with spinlock 3: look at what it protects, and mend it; then say that it is whole:',
      command: 'datablock-admin zone get sensor calibration --lock 3 --mark-consistent',
    },
  ]);
});

test('a lock that somebody alive has for long', () => {
  const [slow] = adviceOn([participant()], [], { spinlocks: [spinlock({ verdict: 'slow' })] });
  expect(slow?.text).toMatch(/^PID 12345 \(produce\) holds spinlock 3 for long\./);
  expect(slow?.command).toBe('kill -KILL 12345');
  const [orphaned] = adviceOn([participant()], [], { spinlocks: [spinlock({ verdict: 'orphaned' })] });
  expect(orphaned?.text).toMatch(/in a thread that has ended/);
});

test('a lock of the dead is for automatic recovery', () => {
  const [first] = adviceOn([deadProducer()], [], { spinlocks: [spinlock({ verdict: 'stuck' })] });
  expect(first?.command).toBe('datablock-admin auto-recover sensor');
});
