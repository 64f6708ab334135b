/** Types of handles and their options. Nothing here is run: `tsc` checks it, as it does everything. */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- how types are compared */
import {
  Consumer,
  Producer,
  Segment,
  type DataBlockError,
  type ErrorName,
  type ReadSlot,
  type WriteSlot,
} from '../../src';

/** Compiles only when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<Wanted>() {
  return <Actual>(_value: Actual, ..._same: Same<Actual, Wanted> extends true ? [] : [never]): void =>
    undefined;
}

export async function handles(producer: Producer, consumer: Consumer): Promise<void> {
  expectType<WriteSlot>()(producer.acquire());
  expectType<WriteSlot | undefined>()(producer.tryAcquire());
  expectType<Promise<WriteSlot>>()(producer.acquireAsync());
  expectType<bigint>()(producer.acquire().seq);
  expectType<number>()(producer.withWriteTransaction((slot) => slot.buffer.length));
  expectType<Promise<number>>()(producer.withWriteTransactionAsync(() => 1));
  expectType<Promise<number>>()(producer.withWriteTransactionAsync(() => Promise.resolve(1)));
  expectType<number | undefined>()(producer.withNextSlot(() => 1));
  expectType<number>()(producer.writeMany([new Uint8Array(1)]));
  expectType<string>()(consumer.withReadTransaction(() => 'x'));
  expectType<Promise<string>>()(consumer.withReadTransactionAsync(() => Promise.resolve('x')));
  for await (const message of consumer) expectType<ReadSlot>()(message);
  for await (const message of consumer.messages({ follow: true })) expectType<bigint>()(message.lost);
  expectType<bigint>()(consumer.stats().lost);
  // @ts-expect-error handles are made by open() and create()
  new Producer();
  // @ts-expect-error a message is bytes
  producer.write('text');
  // @ts-expect-error it is an AbortSignal
  await producer.acquireAsync({ signal: new AbortController() });
  // @ts-expect-error a view of a message is looked at, not replaced
  consumer.acquire().data = new Uint8Array(1);
}

export function options(): void {
  Segment.create('name', { slots: 1, slotSize: 1, producers: 'multi' });
  // @ts-expect-error a slot size is needed
  Segment.create('name', { slots: 1 });
  // @ts-expect-error no such mode
  Segment.create('name', { slots: 1, slotSize: 1, producers: 'many' });
  // @ts-expect-error a misspelt option
  Segment.create('name', { slots: 1, slotSize: 1, slotsize: 1 });
  // @ts-expect-error numbers, not bigints
  Segment.create('name', { slots: 1n, slotSize: 1 });
  Consumer.open('name', {
    mode: 'latest',
    onLoss: (count, seq) => {
      expectType<bigint>()(count + seq);
    },
  });
  // @ts-expect-error no such mode
  Consumer.open('name', { mode: 'fast' });
  // @ts-expect-error producers have no start
  Producer.open('name', { from: 'oldest' });
  // @ts-expect-error its directory is that of the configuration
  Producer.create('name', { slots: 1, slotSize: 1 }, { dir: '/dev/shm' });
}

export function errors(error: DataBlockError): void {
  expectType<string>()(error.code);
  const known: ErrorName = 'TIMEOUT';
  if (error.code === known) throw error;
  expectType<number>()(error.exitCode);
  // @ts-expect-error no such code
  const unknown: ErrorName = 'TIME_OUT';
  if (error.code === unknown) throw error;
}
