import type { MessageEncoder } from './framing';
import { hexEncoder } from './hex';
import { lengthEncoder } from './length-prefixed';
import { autoEncoder, lineEncoder } from './lines';
import { rawEncoder } from './raw';

/** How `consume` makes its output out of the bytes of messages. */
export const byteFramings = ['auto', 'raw', 'lines', 'length', 'hex'] as const;
export type OutputFraming = (typeof byteFramings)[number];

const encoders: Readonly<Record<OutputFraming, MessageEncoder>> = {
  auto: autoEncoder,
  raw: rawEncoder,
  lines: lineEncoder,
  length: lengthEncoder,
  hex: hexEncoder,
};

export function encoderFor(framing: OutputFraming): MessageEncoder {
  return encoders[framing];
}
