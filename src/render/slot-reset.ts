/** `[OK] Slot 1 reset to FREE` */
import { pidOf } from '../operations/naming';
import type { SlotReset } from '../operations/slot-reset';
import { renderSafeToReset } from './diagnosis';
import type { Style } from './style';

function outcome(reset: SlotReset, { color }: Style): string {
  const { slot, applied, code, phaseBefore, phaseAfter, owner, killed } = reset;
  const ok = color.green('[OK]');
  if (applied) return `${ok} Slot ${slot} reset to ${phaseAfter}\n`;
  if (killed && code === 'NOTHING_TO_DO')
    return `${ok} Slot ${slot} is ${phaseAfter}: a participant cleaned up before us\n`;
  if (code === 'NOTHING_TO_DO')
    return `${color.blue('[INFO]')} Slot ${slot} is ${phaseBefore}, nothing to reset\n`;
  const who = owner === null ? '' : `, ${pidOf(owner)} is ${owner.verdict}`;
  return `${color.yellow('[REFUSED]')} Slot ${slot} stays ${phaseBefore}: ${code}${who}\n`;
}

/** Of a live owner. */
function consequence({ phaseBefore, phaseAfter }: SlotReset): string {
  if (phaseAfter === 'QUARANTINED') return 'what it still writes to this slot is thrown away';
  return phaseBefore === 'WRITING' ? 'it has died meanwhile' : 'it had not touched the slot yet';
}

function aboutOwner(reset: SlotReset, style: Style): string {
  const { applied, owner, killed } = reset;
  if (owner === null) return '';
  if (killed) return `${style.color.green('[OK]')} ${pidOf(owner)} (${owner.name}) ended\n`;
  if (!applied) return '';
  if (owner.verdict === 'DEAD') return renderSafeToReset(owner, style);
  return `${style.color.blue('[INFO]')} ${pidOf(owner)} is ${owner.verdict}; ${consequence(reset)}\n`;
}

export function renderSlotReset(reset: SlotReset, style: Style): string {
  return aboutOwner(reset, style) + outcome(reset, style);
}

export function renderSlotResets(resets: readonly SlotReset[], style: Style): string {
  if (resets.length === 0) return 'No slot has an owner, nothing to reset\n';
  return resets.map((reset) => renderSlotReset(reset, style)).join('');
}
