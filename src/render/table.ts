import Table from 'cli-table3';
import type { Style } from './style';

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns without lines, as ls and ps have them: easy to read, and to cut up by awk. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { color }: Style,
): string {
  const table = new Table({
    head: head.map((title) => color.bold(title)),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return `${lines.join('\n')}\n`;
}

/** `key: value` lines with the values under each other. */
export function renderFields(fields: readonly (readonly [string, string])[], { color }: Style): string {
  const width = Math.max(...fields.map(([key]) => key.length));
  return fields.map(([key, value]) => `  ${color.dim(key.padEnd(width))}  ${value}\n`).join('');
}

/** `1 block`, `2 blocks`. */
export function counted(count: number | bigint, noun: string, plural = `${noun}s`): string {
  return `${count} ${Number(count) === 1 ? noun : plural}`;
}
