import type { SegmentInfo } from '../native';
import { renderBlockLine } from './diagnosis';
import { formatSize } from './size';
import type { Style } from './style';

export function renderCreated(info: SegmentInfo, style: Style): string {
  return `${style.color.green('[OK]')} Created ${renderBlockLine(info, style).trimEnd()}, ${formatSize(info.totalSize)} in all\n`;
}
