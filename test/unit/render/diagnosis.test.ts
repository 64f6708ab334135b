import type { Diagnosis } from '../../../src/operations/diagnosis';
import { renderDiagnosis } from '../../../src/render/diagnosis';
import { makeStyle } from '../../../src/render/style';
import { action, deadProducer, participant, segment, slot, snapshot, stuckSlot } from '../../support/reports';

const plain = makeStyle();

function diagnosis(details: Partial<Diagnosis> = {}): Diagnosis {
  const { at, claim, summary } = snapshot();
  const slots = [0, 1, 2, 3].map((index) => slot({ slot: index, seq: BigInt(index) }));
  return {
    info: segment(),
    at,
    recorded: false,
    claim,
    participants: [],
    summary,
    slots,
    truncated: false,
    spinlocks: [],
    findings: [],
    plan: [],
    advice: [],
    exit: 0,
    ...details,
  };
}

test('a healthy block', () => {
  expect(renderDiagnosis(diagnosis(), plain)).toBe(`sensor: 4 slots of 256 B, many producers, /dev/shm/sensor
Next message 14, 0 participants of 64

Slot 0: COMMITTED (message 0, 64 bytes) ... OK
Slot 1: COMMITTED (message 1, 64 bytes) ... OK
Slot 2: COMMITTED (message 2, 64 bytes) ... OK
Slot 3: COMMITTED (message 3, 64 bytes) ... OK

Healthy. Nothing to do.
`);
});

test('a dead writer: the words of the brief', () => {
  const text = renderDiagnosis(
    diagnosis({
      participants: [deadProducer()],
      slots: [slot(), stuckSlot()],
      info: segment({ slots: 2, producers: 'single' }),
      plan: [action()],
      advice: [{ text: 'Safe to repair: nothing is lost.', command: 'datablock-admin auto-recover sensor' }],
    }),
    plain,
  );
  expect(text).toBe(`sensor: 2 slots of 256 B, one producer, /dev/shm/sensor
Next message 14, 1 participant of 64

Participants
  producer 2 (multi)  PID 12345 produce  12 written
      DEAD: lock byte free, process gone, last heartbeat 45s ago

Slot 0: COMMITTED (message 0, 64 bytes) ... OK
Slot 1: WRITING (stuck 45s) ... STUCK
    producer 2, PID 12345 produce, message 13

[INFO] PID 12345 is DEAD, safe to reset
Recommendation
  Safe to repair: nothing is lost.
      datablock-admin auto-recover sensor
`);
});

test('a large ring: the notable slots, and how many there are of which kind', () => {
  const { summary } = snapshot();
  summary.byVerdict.healthy = 999_700;
  summary.byVerdict.stuck = 300;
  const text = renderDiagnosis(
    diagnosis({ info: segment({ slots: 1_000_000 }), slots: [stuckSlot()], summary, truncated: true }),
    plain,
  );
  expect(text).toContain('Slot 1: WRITING (stuck 45s) ... STUCK\n');
  expect(text).toContain(
    '1000000 slots: 999700 healthy, 300 stuck. There are more of these than are listed: --all lists every slot.\n',
  );
});

test('a slot that a reader holds names the reader', () => {
  const reader = participant({ id: 3, role: 'consumer', mode: 'sequential', pid: 55, name: 'tap' });
  const held = slot({ phase: 'DRAINING', owner: 2, verdict: 'held', heldBy: [3], heldForNs: 2_000_000_000n });
  expect(
    renderDiagnosis(diagnosis({ participants: [participant(), reader], slots: [held] }), plain),
  ).toContain(
    'Slot 0: DRAINING (held 2s) ... HELD\n    producer 2, PID 12345 produce\n    held by consumer 3, PID 55 tap\n',
  );
});
