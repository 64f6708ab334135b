/** Flags whose values carry units. */
import { Flags } from '@oclif/core';
import { timeouts } from '../api/timeouts';
import { parseDuration, parseDurationNs } from './duration';
import { parseSize } from './size';

/** A duration; the value is milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'TIME',
  parse: (text) => Promise.resolve().then(() => parseDuration(text)),
});

/** A size; the value is bytes. */
export const sizeFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  parse: (text) => Promise.resolve().then(() => parseSize(text)),
});

/** `--stuck-after`; the value is nanoseconds. */
export const stuckAfterFlag = Flags.custom<bigint>({
  helpValue: 'TIME',
  parse: (text) => Promise.resolve().then(() => parseDurationNs(text)),
  default: () => Promise.resolve(BigInt(timeouts().stuckAfterMs) * 1_000_000n),
  defaultHelp: () => Promise.resolve('$DATABLOCK_TIMEOUT_STUCK_AFTER_MS, else 30s'),
  summary: 'A slot whose owner is alive is slow after this long.',
})();
