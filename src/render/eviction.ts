import type { Eviction } from '../operations/eviction';
import { describeParticipant } from '../operations/naming';
import { renderRecovery } from './recovery';
import type { Style } from './style';

export function renderEviction({ consumer, evicted, recovery }: Eviction, style: Style): string {
  const who = describeParticipant(consumer);
  if (recovery !== null) {
    return `${style.color.blue('[INFO]')} ${who}: nobody has to be evicted\n${renderRecovery(recovery, style)}`;
  }
  if (!evicted) return `${style.color.blue('[INFO]')} ${who} holds no message, nothing to take away\n`;
  return `${style.color.green('[OK]')} Evicted ${who}, which held message ${String(consumer.hold)}\n`;
}
