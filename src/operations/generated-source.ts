import { MessageFlag } from '../native';
import { errorNamed } from '../api/errors';
import { wordsFor, writePattern, type PatternKind } from './pattern';
import type { Publisher } from './publisher';

const BATCH_BYTES = 256 * 1024;
const MAX_BATCH = 4096;

export interface GeneratedOptions {
  kind: PatternKind;
  /** Bytes of each message. */
  size: number;
  /** Tells this run's messages from those of other runs and other producers. */
  stream: number;
}

/** Publishes generated messages until the publisher's limit is reached; without one, for ever. */
export function publishGenerated(publisher: Publisher, options: GeneratedOptions): void {
  const { kind, size, stream } = options;
  if (size > publisher.slotSize) {
    throw errorNamed(
      'MESSAGE_TOO_LARGE',
      `record 1 would have ${size} bytes, and a slot has ${publisher.slotSize}`,
    );
  }
  const messageWords = Math.max(1, wordsFor(size));
  const batch = Math.min(MAX_BATCH, Math.max(1, Math.floor(BATCH_BYTES / (4 * messageWords))));
  const words = new Uint32Array(batch * messageWords);
  const bytes = new Uint8Array(words.buffer);
  const ends = new Uint32Array(batch);
  const skip = 4 * messageWords - size;
  for (let index = 0; publisher.remaining > 0; index += batch) {
    for (let k = 0; k < batch; k++) {
      writePattern(words, k * messageWords, { kind, stream, index: index + k, length: size });
      ends[k] = k * 4 * messageWords + size;
    }
    publisher.publish(bytes, ends, batch, skip, MessageFlag.Pattern);
  }
}
