import type { InputFraming } from '../operations/framing/input-framing';
import { parseSize } from './size';

function parse(text: string): InputFraming {
  if (text === 'lines' || text === 'length' || text === 'raw') return { kind: text };
  const size = /^fixed:(.+)$/.exec(text)?.[1];
  if (size === undefined)
    throw new RangeError(`"${text}" is no framing; there are lines, fixed:SIZE, length, raw`);
  const bytes = parseSize(size);
  if (bytes < 1) throw new RangeError('fixed records have at least one byte');
  return { kind: 'fixed', size: bytes };
}

/** Reads `lines`, `fixed:64KiB`, `length` or `raw`. */
export function parseInputFraming(text: string): Promise<InputFraming> {
  return Promise.resolve().then(() => parse(text));
}
