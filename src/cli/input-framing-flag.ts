import type { InputFraming } from '../operations/framing/input-framing';
import { parseSize } from './size';

const kinds = ['lines', 'length', 'raw', 'json', 'csv'] as const;

function parse(text: string): InputFraming {
  const kind = kinds.find((name) => name === text);
  if (kind !== undefined) return { kind };
  const size = /^fixed:(.+)$/.exec(text)?.[1];
  if (size === undefined)
    throw new RangeError(`"${text}" is no framing; there are fixed:SIZE, ${kinds.join(', ')}`);
  const bytes = parseSize(size);
  if (bytes < 1) throw new RangeError('fixed records have at least one byte');
  return { kind: 'fixed', size: bytes };
}

/** Reads `lines`, `fixed:64KiB`, `length`, `raw`, `json` or `csv`. */
export function parseInputFraming(text: string): Promise<InputFraming> {
  return Promise.resolve().then(() => parse(text));
}
