/**
 * Values as text, both ways, without loss: what is written here and read back is the same bytes again (but for
 * the payload of a NaN, and what follows the first zero of a text). docs/schema.md has the table.
 */
import { accessors } from '../../schema/typed-arrays';
import { checkBytes, encodeText, readText, storeBytes } from '../../schema/text';
import { checkNumber, unfit } from '../../schema/values';
import type { Leaf } from './leaves';

const notFinite = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['infinity', Infinity],
]);

/** The shortest decimal that is read back as this 32-bit number. */
function shortestF32(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** `-0` has its sign; NaN and the infinities have names. */
export function showNumber(type: string, value: number): string {
  if (Object.is(value, -0)) return '-0';
  return type === 'f32' && Number.isFinite(value) && !Number.isSafeInteger(value)
    ? shortestF32(value)
    : String(value);
}

/** `NaN`, `inf`, `-Infinity`, in any case; undefined for anything else. */
export function namedNumber(text: string): number | undefined {
  const [, sign = '', name = ''] = /^([+-]?)([a-z]+)$/i.exec(text) ?? [];
  const value = notFinite.get(name.toLowerCase());
  return value !== undefined && sign === '-' ? -value : value;
}

const integer = /^[+-]?\d+$/;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws DataBlockError RECORD_INVALID */
function parseFloating(leaf: Leaf, text: string): number {
  const named = namedNumber(text);
  if (named !== undefined) return named;
  const value = decimal.test(text) ? Number(text) : NaN;
  // What overflows was not meant to be infinite: that has a name.
  if (!Number.isFinite(value)) throw unfit(leaf.path, text, leaf.type);
  return value;
}

function parseBoolean(leaf: Leaf, text: string): boolean {
  const value = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ]).get(text.toLowerCase());
  if (value === undefined) throw unfit(leaf.path, text, leaf.type);
  return value;
}

/** Bytes as lower-case hexadecimal digits. */
export function showBytes(bytes: Uint8Array, begin: number, width: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + begin, width).toString('hex');
}

/** @throws DataBlockError RECORD_INVALID */
export function parseBytes(path: string, width: number, text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw unfit(path, text, `bytes[${width}]`);
  return checkBytes(path, width, Buffer.from(text, 'hex'));
}

/** Where a record lies: at the begin of both. */
export interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly data: DataView;
}

/** @throws DataBlockError RECORD_INVALID when a text is no UTF-8. */
export function showLeaf(leaf: Leaf, { bytes, data }: RecordBytes, base: number): string {
  const at = base + leaf.offset;
  if (leaf.kind === 'text') return readText(leaf.path, bytes, at, leaf.width);
  if (leaf.kind === 'bytes') return showBytes(bytes, at, leaf.width);
  if (leaf.scalar === 'bool') return data.getUint8(at) === 0 ? 'false' : 'true';
  const value = leaf.scalar === undefined ? 0 : accessors[leaf.scalar].load(data, at);
  return typeof value === 'bigint' ? value.toString() : showNumber(leaf.type, value);
}

/** @throws DataBlockError RECORD_INVALID when the text is no such value. */
export function storeLeaf(leaf: Leaf, { bytes, data }: RecordBytes, base: number, text: string): void {
  const at = base + leaf.offset;
  const { path, kind, scalar, type, width } = leaf;
  if (kind === 'text') {
    storeBytes(bytes, at, width, encodeText(path, width, text));
  } else if (kind === 'bytes') {
    storeBytes(bytes, at, width, parseBytes(path, width, text));
  } else if (scalar === 'bool') {
    data.setUint8(at, parseBoolean(leaf, text) ? 1 : 0);
  } else if (scalar !== undefined) {
    const value = parseNumber(leaf, scalar, text);
    checkNumber(path, value, scalar);
    accessors[scalar].store(data, at, value as never);
  } else {
    throw unfit(path, text, type);
  }
}

function parseNumber(leaf: Leaf, type: string, text: string): number | bigint {
  if (type === 'f32' || type === 'f64') return parseFloating(leaf, text);
  if (!integer.test(text)) throw unfit(leaf.path, text, leaf.type);
  return type === 'i64' || type === 'u64' ? BigInt(text.replace(/^\+/, '')) : Number(text);
}
