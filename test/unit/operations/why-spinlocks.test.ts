import type { SpinlockReport } from '../../../src/native';
import type { Look } from '../../../src/operations/why/look';
import {
  awaitedLock,
  latentLock,
  lockRemedies,
  lockSentence,
  markedLock,
  markedRemedies,
} from '../../../src/operations/why/spinlocks';
import {
  deadProducer,
  markedSpinlock,
  participant,
  segment,
  snapshot,
  spinlock,
} from '../../support/reports';

function look(spinlocks: SpinlockReport[], participants = [participant()]): Look {
  const { claim, summary } = snapshot();
  const info = segment({ zones: [{ name: 'calibration', offset: 0, size: 64 }] });
  return {
    info,
    claim,
    participants,
    notable: [],
    summary,
    spinlocks,
    plan: [],
    findings: [],
    slotOf: () => undefined,
  };
}

test('only what stands in the way is worth a sentence, the worst first', () => {
  const slow = spinlock({ spinlock: 1, verdict: 'slow', awaited: true });
  const stuck = spinlock({ spinlock: 2, verdict: 'stuck', awaited: true });
  expect(awaitedLock(look([spinlock({ awaited: true })]))).toBeNull();
  expect(awaitedLock(look([slow, stuck]))).toBe(stuck);
  expect(awaitedLock(look([{ ...slow, awaited: false }]))).toBeNull();
  expect(latentLock(look([{ ...slow, awaited: false }]))?.spinlock).toBe(1);
  expect(markedLock(look([slow, markedSpinlock()]))?.verdict).toBe('marked');
  expect(markedLock(look([slow]))).toBeNull();
});

test('a dead holder: recover', () => {
  const lock = spinlock({ verdict: 'stuck', awaited: true });
  const at = look([lock], [deadProducer()]);
  expect(lockSentence(lock, at)).toBe(
    'Somebody waits for spinlock 3: producer 2 (PID 12345, produce), which is DEAD, has held it for 45s.',
  );
  expect(lockRemedies(lock, at, undefined)[0]?.command).toBe('datablock-admin auto-recover sensor');
});

test('a live holder: wait, or end it', () => {
  const lock = spinlock({ verdict: 'slow' });
  const at = look([lock]);
  expect(lockSentence(lock, at)).toBe(
    'Nobody waits yet, but the next one will, for spinlock 3: producer 2 (PID 12345, produce), which is ALIVE, has held it for 45s.',
  );
  expect(lockRemedies(lock, at, undefined).map(({ command }) => command)).toEqual([null, 'kill -KILL 12345']);
});

test('a thread that has ended: only the end of its process helps', () => {
  const lock = spinlock({ verdict: 'orphaned' });
  const at = look([lock]);
  expect(lockSentence(lock, at)).toContain('which is alive, but its thread has ended, has held it');
  expect(lockRemedies(lock, at, undefined)).toHaveLength(1);
});

test('a mark: look, then take it away', () => {
  const commands = markedRemedies(markedSpinlock(), look([]), '/x').map(({ command }) => command);
  expect(commands).toEqual([
    'datablock-admin zone get sensor calibration --lock 3 --dir /x',
    'datablock-admin zone get sensor calibration --lock 3 --mark-consistent --dir /x',
  ]);
});
