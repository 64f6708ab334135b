import type { MessageEncoder } from './framing';
import { appendNewline } from './lines';
import { noHead } from './raw';

/** Each message as one line of hexadecimal digits. */
export const hexEncoder: MessageEncoder = {
  expansion: 2,
  head: noHead,
  body(out: Buffer, at: number, payload: Uint8Array): number {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    return at + out.write(bytes.toString('hex'), at, 'latin1');
  },
  tail: appendNewline,
};
