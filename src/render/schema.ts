import type { SchemaComparison } from '../operations/schemas';
import type { Field } from '../schema/fields';
import type { Schema } from '../schema/schema';
import { formatSize } from './size';
import type { Style } from './style';
import { counted, renderTable } from './table';

function rowsOf(fields: readonly Field[], base: number, depth: number): string[][] {
  return fields.flatMap((field) => {
    const { name, type, count, offset, width } = field;
    const row = [
      String(base + offset),
      String(width * (count ?? 1)),
      count === undefined ? type : `${type}[${count}]`,
      '  '.repeat(depth) + name,
      field.kind === 'struct' ? '' : (field.unit ?? ''),
    ];
    // Of an array of structs the first is shown.
    return field.kind === 'struct' ? [row, ...rowsOf(field.fields, base + offset, depth + 1)] : [row];
  });
}

/** What lies where in a record. */
export function renderSchema(schema: Schema, style: Style): string {
  const { color } = style;
  const { name, version, size, align, fields, id } = schema;
  return [
    `${color.bold(name)} ${version}, ${formatSize(size)}, aligned to ${counted(align, 'byte')}, id ${id}\n\n`,
    renderTable(['OFFSET', 'BYTES', 'TYPE', 'NAME', 'UNIT'], rowsOf(fields, 0, 0), style),
  ].join('');
}

export function renderComparison(
  { equal, compatible, differences }: SchemaComparison,
  [first, second]: readonly [string, string],
  { color }: Style,
): string {
  if (equal) return `${color.green('[OK]')} The schemas are the same.\n`;
  const lines = differences.map(({ text, compatible: harmless }) =>
    harmless ? `  ${text}\n` : `${color.red('!')} ${text}\n`,
  );
  const verdict = compatible
    ? `${color.green('[OK]')} A compatible reader of ${second} can read ${first}.\n`
    : `${color.red('[NO]')} No reader of ${second} can read ${first}: see the lines with !.\n`;
  return `Where ${first} is, and ${second} asks for, something else:\n${lines.join('')}${verdict}`;
}
