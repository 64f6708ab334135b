/** How much went through, and how fast. */
export interface Throughput {
  messages: bigint;
  bytes: bigint;
  seconds: number;
  messagesPerSecond: number;
  bytesPerSecond: number;
}

export function throughput(messages: number, bytes: number, milliseconds: number): Throughput {
  const seconds = milliseconds / 1000;
  const per = (count: number): number => (seconds > 0 ? Math.round(count / seconds) : 0);
  return {
    messages: BigInt(messages),
    bytes: BigInt(bytes),
    seconds: Math.round(milliseconds) / 1000,
    messagesPerSecond: per(messages),
    bytesPerSecond: per(bytes),
  };
}
