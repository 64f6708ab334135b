import type { TakenSnapshot } from '../operations/snapshot';
import { formatSize } from './size';
import type { Style } from './style';

export function renderSnapshotTaken(
  { block, file, bytes, payload }: TakenSnapshot,
  { color }: Style,
): string {
  const what = payload ? 'with its messages' : 'without its messages';
  return `${color.green('[OK]')} Copied ${block} ${what} to ${file}, ${formatSize(bytes)}\n`;
}
