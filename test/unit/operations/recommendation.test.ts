import type { ParticipantReport, SlotReport } from '../../../src/native';
import { findingsOf } from '../../../src/operations/findings';
import { recommend, type Advice, type Case } from '../../../src/operations/recommendation';
import { action, deadProducer, participant, segment, slot, snapshot, stuckSlot } from '../../support/reports';

function adviceOn(
  participants: ParticipantReport[],
  slots: SlotReport[],
  details: Partial<Case> = {},
): Advice[] {
  const findings = findingsOf(snapshot({ participants, notable: slots }), 30_000_000_000n);
  return recommend({ info: segment(), participants, slots, findings, plan: [], dir: undefined, ...details });
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
  expect(single?.command).toBeNull();
  expect(single?.text).toMatch(/PID 12345 \(produce\) is alive .* end it \(kill 12345\)/);
});

test('a stopped participant is to be continued', () => {
  expect(adviceOn([participant({ verdict: 'STOPPED' })], [])[0]?.command).toBe('kill -CONT 12345');
});

test('a stopped cleaner is to be continued', () => {
  const cleaner = { pid: 9, startTime: 1n, pidNamespace: 1n, since: 1n, verdict: 'STOPPED' as const };
  expect(adviceOn([deadProducer({ cleaner })], [])[0]?.command).toBe('kill -CONT 9');
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
