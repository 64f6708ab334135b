/** Text and bytes in a fixed number of bytes. */
import { errorNamed } from '../api/errors';
import { unfit } from './values';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text in `bytes[begin, begin + width)`, up to the first zero byte.
 * @throws DataBlockError RECORD_INVALID when it is no UTF-8
 */
export function readText(path: string, bytes: Uint8Array, begin: number, width: number): string {
  let end = begin;
  let ascii = 0;
  for (; end < begin + width && bytes[end] !== 0; end++) ascii |= bytes[end] ?? 0;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin);
  if (ascii < 0x80) return text.toString('latin1');
  try {
    return strict.decode(text);
  } catch {
    throw errorNamed('RECORD_INVALID', `field ${path}: its bytes are no UTF-8`);
  }
}

/** Text as bytes. @throws DataBlockError RECORD_INVALID when it is too long, or holds a zero. */
export function encodeText(path: string, width: number, value: string): Uint8Array {
  const text = typeof value === 'string' ? Buffer.from(value) : undefined;
  if (text === undefined || text.length > width || text.includes(0) || /\p{Surrogate}/u.test(value))
    throw unfit(path, value, `char[${width}]`);
  return text;
}

/** @throws DataBlockError RECORD_INVALID when there are not exactly `width` of them. */
export function checkBytes(path: string, width: number, value: Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== width) throw unfit(path, value, `bytes[${width}]`);
  return value;
}

/** Puts what {@link encodeText} or {@link checkBytes} gave where it belongs, zero-padded. */
export function storeBytes(bytes: Uint8Array, begin: number, width: number, value: Uint8Array): void {
  bytes.set(value, begin);
  bytes.fill(0, begin + value.length, begin + width);
}
