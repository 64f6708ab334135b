import { formatErrorNumber } from '../api/errors';
import type { BlockState, ListedBlock } from '../operations/listing';
import { formatDuration } from './duration';
import { formatSize } from './size';
import type { Style } from './style';
import { renderTable } from './table';

function colorState(block: ListedBlock, { color }: Style): string {
  const word: Record<BlockState, string> = {
    'in-use': color.green('in use'),
    idle: 'idle',
    abandoned: color.yellow('abandoned'),
    damaged: color.red('damaged'),
  };
  const { state, error } = block;
  return error === null ? word[state] : `${word[state]} (${formatErrorNumber(error.number)} ${error.code})`;
}

function row(block: ListedBlock, nowNs: bigint, style: Style): string[] {
  const { name, info, messages, producers, consumers, dead } = block;
  const known = info !== null && messages !== null;
  return [
    name,
    colorState(block, style),
    known ? String(producers) : '',
    known ? String(consumers) : '',
    known ? String(dead) : '',
    known ? String(messages) : '',
    known ? `${info.slots} x ${formatSize(info.slotSize)}` : '',
    known ? formatSize(info.totalSize) : '',
    known ? formatDuration(nowNs - info.createdAt) : '',
  ];
}

const head = ['NAME', 'STATE', 'PRODUCERS', 'CONSUMERS', 'DEAD', 'MESSAGES', 'SLOTS', 'SIZE', 'AGE'];

/** @param nowNs - nanoseconds since 1970, for the age */
export function renderListing(blocks: readonly ListedBlock[], nowNs: bigint, style: Style): string {
  if (blocks.length === 0) return 'No blocks.\n';
  return renderTable(
    head,
    blocks.map((block) => row(block, nowNs, style)),
    style,
  );
}
