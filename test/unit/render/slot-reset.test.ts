import type { SlotReset } from '../../../src/operations/slot-reset';
import { renderSlotReset, renderSlotResets } from '../../../src/render/slot-reset';
import { makeStyle } from '../../../src/render/style';
import { deadProducer, participant } from '../../support/reports';

const plain = makeStyle();

function reset(details: Partial<SlotReset> = {}): SlotReset {
  return {
    slot: 1,
    applied: true,
    code: '',
    before: 1n,
    after: 2n,
    phaseBefore: 'WRITING',
    phaseAfter: 'FREE',
    owner: deadProducer(),
    killed: false,
    ...details,
  };
}

test('a dead owner: the words of the brief', () => {
  expect(renderSlotReset(reset(), plain)).toBe(
    '[INFO] PID 12345 is DEAD, safe to reset\n[OK] Slot 1 reset to FREE\n',
  );
});

test('a live owner, by force', () => {
  expect(renderSlotReset(reset({ owner: participant(), phaseAfter: 'QUARANTINED' }), plain)).toBe(
    '[INFO] PID 12345 is ALIVE; what it still writes to this slot is thrown away\n[OK] Slot 1 reset to QUARANTINED\n',
  );
});

test('refused, and nothing to do', () => {
  expect(renderSlotReset(reset({ applied: false, code: 'OWNER_ALIVE', owner: participant() }), plain)).toBe(
    '[REFUSED] Slot 1 stays WRITING: OWNER_ALIVE, PID 12345 is ALIVE\n',
  );
  expect(
    renderSlotReset(
      reset({ applied: false, code: 'NOTHING_TO_DO', owner: null, phaseBefore: 'FREE' }),
      plain,
    ),
  ).toBe('[INFO] Slot 1 is FREE, nothing to reset\n');
});

test('no slot at all', () => {
  expect(renderSlotResets([], plain)).toBe('No slot has an owner, nothing to reset\n');
});
