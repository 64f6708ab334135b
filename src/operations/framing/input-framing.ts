import { fixedSplitter } from './fixed';
import type { RecordSplitter } from './framing';
import { lengthSplitter } from './length-prefixed';
import { lineSplitter } from './lines';
import { rawSplitter } from './raw';

/** How `produce` makes messages out of its input. */
export type InputFraming = { kind: 'lines' | 'length' | 'raw' } | { kind: 'fixed'; size: number };

export function splitterFor(framing: InputFraming, slotSize: number): RecordSplitter {
  switch (framing.kind) {
    case 'lines':
      return lineSplitter;
    case 'length':
      return lengthSplitter;
    case 'raw':
      return rawSplitter(slotSize);
    case 'fixed':
      return fixedSplitter(framing.size);
  }
}
