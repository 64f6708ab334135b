import { fixedSplitter } from './fixed';
import type { RecordSplitter } from './framing';
import { recordFramings, type RecordFraming } from './record-framing';
import { lengthSplitter } from './length-prefixed';
import { lineSplitter } from './lines';
import { rawSplitter } from './raw';

/** How `produce` cuts its input into messages. */
export type ByteFraming = { kind: 'lines' | 'length' | 'raw' } | { kind: 'fixed'; size: number };

/** How `produce` makes messages out of its input: their bytes as they are, or records by the block's schema. */
export type InputFraming = ByteFraming | { kind: RecordFraming };

export function isRecordFraming(framing: InputFraming): framing is { kind: RecordFraming } {
  return recordFramings.some((kind) => kind === framing.kind);
}

export function splitterFor(framing: ByteFraming, slotSize: number): RecordSplitter {
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
