import { Consumer, type ConsumerOptions } from '../api/consumer';
import { DataBlockError, errorNamed } from '../api/errors';
import type { HandleStats, SegmentInfo } from '../native';
import { ConsumingPump, type ConsumingOptions } from './consuming-pump';
import type { MessageEncoder } from './framing/framing';
import { Output } from './output';
import type { PumpRun } from './pump-run';
import { sleep, throwIfSignalled } from './signals';
import type { Verification } from './stream-verifier';
import { throughput, type Throughput } from './throughput';

export interface ConsumeOptions {
  name: string;
  join: ConsumerOptions;
  /** A file, or `-` for standard output. */
  output: string;
  /** What makes output of the messages of such a block. */
  encoder: (info: SegmentInfo) => MessageEncoder;
  /** How long to wait for the block to appear; milliseconds, -1 = for ever. */
  waitForBlockMs: number;
  consuming: ConsumingOptions;
}

export interface ConsumeSummary extends Throughput {
  /** Messages that this consumer could not read, and was told about. */
  gaps: bigint;
  /** Waits that took longer than the time-out. */
  timeouts: number;
  /** Dead participants that this consumer cleaned up after while it waited. */
  healed: bigint;
  /** Messages that did not match their checksum, and were left out. */
  damaged: number;
  /** Streams that were read to their end. */
  streams: number;
  /** Producers that died without ending their stream, as far as it was noticed. */
  deadProducers: number;
  verification: Verification | null;
}

/** Errors of the output: what was read could not be passed on. */
const unsent: readonly string[] = ['IO', 'BROKEN_PIPE'];

const LOOK_FOR_BLOCK_MS = 20;

/** One run of `consume`, from joining the block to leaving it. */
export class ConsumeRun implements PumpRun<ConsumeSummary> {
  readonly #options: ConsumeOptions;
  #pump: ConsumingPump | undefined;
  #stats: HandleStats | undefined;
  #began = 0;
  #ended: number | undefined;
  #timeouts = 0;

  constructor(options: ConsumeOptions) {
    this.#options = options;
  }

  /** @throws DataBlockError as {@link ConsumingPump.run}, and whatever joining the block throws. */
  run(): void {
    this.#began = performance.now();
    const consumer = this.#join();
    try {
      const encoder = this.#options.encoder(consumer.info);
      // The output is opened last: it is emptied by that.
      const output = new Output(this.#options.output);
      try {
        this.#began = performance.now();
        this.#pump = new ConsumingPump(consumer, output, encoder, this.#options.consuming);
        this.#pump.run();
      } finally {
        output.close();
      }
    } catch (error) {
      if (error instanceof DataBlockError && error.code === 'TIMEOUT') this.#timeouts++;
      if (error instanceof DataBlockError && unsent.includes(error.code)) consumer.noteSendFailure();
      throw error;
    } finally {
      this.#ended = performance.now();
      this.#stats = consumer.stats();
      consumer.close();
    }
  }

  get joined(): boolean {
    return this.#stats !== undefined;
  }

  summary(): ConsumeSummary {
    const milliseconds = (this.#ended ?? performance.now()) - this.#began;
    return {
      ...throughput(this.#pump?.messages ?? 0, this.#pump?.bytes ?? 0, milliseconds),
      gaps: this.#pump?.lost ?? 0n,
      timeouts: this.#timeouts,
      healed: this.#stats?.healed ?? 0n,
      damaged: this.#pump?.damaged ?? 0,
      streams: this.#pump?.streams ?? 0,
      deadProducers: this.#pump?.deadProducers ?? 0,
      verification: this.#pump?.verification() ?? null,
    };
  }

  problem(): DataBlockError | undefined {
    const { damaged, verification } = this.summary();
    if (damaged > 0)
      return errorNamed(
        'CHECKSUM_MISMATCH',
        `${damaged} ${damaged === 1 ? 'message was' : 'messages were'} left out`,
      );
    if (verification?.passed === false) return errorNamed('VERIFY_FAILED', verification.first ?? undefined);
    return undefined;
  }

  #join(): Consumer {
    const { name, join, waitForBlockMs } = this.#options;
    const deadline = waitForBlockMs < 0 ? Infinity : performance.now() + waitForBlockMs;
    for (;;) {
      try {
        return Consumer.open(name, join);
      } catch (error) {
        const missing = error instanceof DataBlockError && error.code === 'NO_SUCH_BLOCK';
        if (!missing || performance.now() >= deadline) throw error;
      }
      sleep(LOOK_FOR_BLOCK_MS);
      throwIfSignalled();
    }
  }
}
