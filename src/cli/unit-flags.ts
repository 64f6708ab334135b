/** Flags whose values carry units. */
import { Flags } from '@oclif/core';
import { parseDuration } from './duration';
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
