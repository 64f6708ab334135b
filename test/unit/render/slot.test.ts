import { renderSlotLine } from '../../../src/render/slot';
import { makeStyle } from '../../../src/render/style';
import { slot, stuckSlot } from '../../support/reports';

const plain = makeStyle();

test.each([
  [stuckSlot(), 'Slot 1: WRITING (stuck 45s) ... STUCK'],
  [slot(), 'Slot 0: COMMITTED (message 0, 64 bytes) ... OK'],
  [slot({ phase: 'FREE', seq: null }), 'Slot 0: FREE ... OK'],
  [slot({ phase: 'WRITING', verdict: 'busy', heldForNs: 5_000_000n }), 'Slot 0: WRITING (5ms) ... BUSY'],
  [
    slot({ phase: 'WRITING', verdict: 'slow', heldForNs: 192_000_000_000n }),
    'Slot 0: WRITING (slow 3m 12s) ... SLOW',
  ],
  [
    slot({ phase: 'DRAINING', verdict: 'held', heldForNs: 2_000_000_000n }),
    'Slot 0: DRAINING (held 2s) ... HELD',
  ],
  [
    slot({ phase: 'QUARANTINED', verdict: 'quarantined', heldForNs: null }),
    'Slot 0: QUARANTINED ... QUARANTINED',
  ],
  [slot({ phase: 'INVALID', verdict: 'corrupt', seq: null }), 'Slot 0: INVALID ... CORRUPT'],
  [
    slot({ phase: 'WRITING', verdict: 'unknown', reason: 'clock', heldForNs: -1n }),
    'Slot 0: WRITING (for a time unknown: the clocks differ) ... UNKNOWN (clock)',
  ],
  [
    slot({ seq: 7n, length: 1, ageNs: 3_000_000_000n }),
    'Slot 0: COMMITTED (message 7, 1 byte, 3s ago) ... OK',
  ],
  [stuckSlot({ heldForNs: -1n }), 'Slot 1: WRITING (stuck for a time unknown: the clocks differ) ... STUCK'],
])('%#', (report, line) => {
  expect(renderSlotLine(report, plain)).toBe(`${line}\n`);
});

test('the verdict is coloured, and stays a word', () => {
  expect(renderSlotLine(stuckSlot(), makeStyle({ level: 1 }))).toBe(
    'Slot 1: WRITING (stuck 45s) ... \u001b[31m\u001b[1mSTUCK\u001b[22m\u001b[39m\n',
  );
});
