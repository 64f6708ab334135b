import { formatErrorNumber } from '../api/errors';
import type { ListedBlock } from '../operations/listing';
import type { Pruning } from '../operations/removal';
import { formatSize } from './size';
import type { Style } from './style';
import { counted } from './table';

function sizeOf({ info }: ListedBlock): number {
  return info?.totalSize ?? 0;
}

export function renderRemoved(name: string, { color }: Style): string {
  return `${color.green('[OK]')} Removed ${name}\n`;
}

export function renderPruning({ removed, kept }: Pruning, style: Style): string {
  if (removed.length + kept.length === 0) return 'No stale blocks.\n';
  const freed = removed.reduce((sum, block) => sum + sizeOf(block), 0);
  return [
    ...removed.map(({ name }) => renderRemoved(name, style)),
    ...kept.map(
      ({ name, error }) =>
        `${style.color.yellow('[KEPT]')} ${name}: ${error.message} (${formatErrorNumber(error.number)} ${error.code})\n`,
    ),
    `${counted(removed.length, 'block')} removed, ${formatSize(freed)} freed\n`,
  ].join('');
}

/** What `prune` would remove. */
export function renderPrunable(blocks: readonly ListedBlock[], style: Style): string {
  if (blocks.length === 0) return 'No stale blocks.\n';
  const lines = blocks.map(
    (block) =>
      `Would remove ${style.color.bold(block.name)} (${block.state}, ${formatSize(sizeOf(block))})\n`,
  );
  return lines.join('');
}
