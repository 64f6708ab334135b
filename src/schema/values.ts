/** Which values a field takes. Everything that writes one asks here first. */
import { errorNamed, type DataBlockError } from '../api/errors';
import type { NumberType } from './record-types';
import type { ScalarType } from './fields';

/** Least and greatest value of each type that a `number` holds. */
export const integerRange = {
  i8: [-(2 ** 7), 2 ** 7 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u8: [0, 2 ** 8 - 1],
  u16: [0, 2 ** 16 - 1],
  u32: [0, 2 ** 32 - 1],
} as const satisfies Partial<Record<ScalarType, readonly [number, number]>>;

/** `value` as a message shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** @param path - of the field, as `pose.x` or `samples[3]` */
export function unfit(path: string, value: unknown, type: string): DataBlockError {
  return errorNamed('RECORD_INVALID', `field ${path}: ${shown(value)} does not fit ${type}`);
}

export function checkInteger(path: string, value: number, type: keyof typeof integerRange): void {
  const [least, greatest] = integerRange[type];
  if (!(Number.isInteger(value) && value >= least && value <= greatest)) throw unfit(path, value, type);
}

export function checkBigint(path: string, value: bigint, type: 'i64' | 'u64'): void {
  if (
    typeof value !== 'bigint' ||
    (type === 'i64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value
  )
    throw unfit(path, value, type);
}

export function checkFloat(path: string, value: number, type: 'f32' | 'f64'): void {
  const overflows = type === 'f32' && Number.isFinite(value) && !Number.isFinite(Math.fround(value));
  if (typeof value !== 'number' || overflows) throw unfit(path, value, type);
}

export function checkBoolean(path: string, value: boolean): void {
  if (typeof value !== 'boolean') throw unfit(path, value, 'bool');
}

/** The value of an element of an array of numbers. */
export function checkNumber(path: string, value: number | bigint, type: NumberType): void {
  if (type === 'i64' || type === 'u64') checkBigint(path, value as bigint, type);
  else if (type === 'f32' || type === 'f64') checkFloat(path, value as number, type);
  else checkInteger(path, value as number, type);
}
