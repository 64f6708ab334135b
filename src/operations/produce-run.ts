import { Producer, type ProducerOptions } from '../api/producer';
import { errorNamed } from '../api/errors';
import type { CreateConfig } from '../api/options';
import type { HandleStats } from '../native';
import type { InputFraming } from './framing/input-framing';
import { publishGenerated } from './generated-source';
import { Input } from './input';
import type { PatternKind } from './pattern';
import { Publisher, type PublishingOptions } from './publisher';
import type { PumpRun } from './pump-run';
import { sleep, throwIfSignalled } from './signals';
import { StreamSource } from './stream-source';
import { throughput, type Throughput } from './throughput';

/** Where the messages come from. */
export type Source =
  | { kind: 'stream'; path: string; framing: InputFraming }
  | { kind: 'generated'; pattern: PatternKind; size: number };

export interface ProduceOptions {
  name: string;
  /** Make the block when there is none. */
  create?: CreateConfig | undefined;
  join: ProducerOptions;
  source: Source;
  publishing: PublishingOptions;
  /** Begin when so many sync consumers are attached. */
  waitConsumers: number;
  /** Publish an end-of-stream mark at the end of the source. */
  markEnd: boolean;
}

export interface ProduceSummary extends Throughput {
  /** Waits that took longer than the time-out. */
  timeouts: number;
  /** Dead participants that this producer cleaned up after while it waited. */
  healed: bigint;
}

const LOOK_FOR_CONSUMERS_MS = 10;

/** One run of `produce`, from joining the block to leaving it. */
export class ProduceRun implements PumpRun<ProduceSummary> {
  readonly #options: ProduceOptions;
  #publisher: Publisher | undefined;
  #stats: HandleStats | undefined;
  #began = 0;
  #ended: number | undefined;
  #timeouts = 0;

  constructor(options: ProduceOptions) {
    this.#options = options;
  }

  /** @throws DataBlockError as {@link StreamSource.run}, and whatever joining the block throws. */
  run(): void {
    const { source } = this.#options;
    const input = source.kind === 'stream' ? new Input(source.path) : undefined;
    try {
      this.#publish(input);
    } finally {
      input?.close();
    }
  }

  get joined(): boolean {
    return this.#stats !== undefined;
  }

  summary(): ProduceSummary {
    const milliseconds = (this.#ended ?? performance.now()) - this.#began;
    return {
      ...throughput(this.#publisher?.messages ?? 0, this.#publisher?.bytes ?? 0, milliseconds),
      timeouts: this.#timeouts,
      healed: this.#stats?.healed ?? 0n,
    };
  }

  #publish(input: Input | undefined): void {
    const { name, create, join, source, publishing, markEnd } = this.#options;
    this.#began = performance.now();
    const producer =
      create === undefined ? Producer.open(name, join) : Producer.create(name, create, withoutDir(join));
    try {
      this.#waitForConsumers(producer);
      this.#began = performance.now();
      const publisher = (this.#publisher = new Publisher(producer, publishing));
      if (source.kind === 'stream' && input !== undefined)
        new StreamSource(input, source.framing, publisher).run();
      if (source.kind === 'generated')
        publishGenerated(publisher, { kind: source.pattern, size: source.size, stream: streamId(producer) });
      if (markEnd) producer.markEnd(publishing.timeoutMs);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'TIMEOUT') this.#timeouts++;
      throw error;
    } finally {
      this.#ended = performance.now();
      this.#stats = producer.stats();
      producer.close();
    }
  }

  #waitForConsumers(producer: Producer): void {
    const { waitConsumers, publishing } = this.#options;
    const deadline = publishing.timeoutMs < 0 ? Infinity : performance.now() + publishing.timeoutMs;
    for (;;) {
      const attached = producer.syncConsumers();
      if (attached >= waitConsumers) return;
      if (performance.now() >= deadline) {
        throw errorNamed('TIMEOUT', `${attached} of ${waitConsumers} sync consumers are attached`);
      }
      sleep(LOOK_FOR_CONSUMERS_MS);
      throwIfSignalled();
    }
  }
}

/** With `create` the directory is part of the configuration. */
function withoutDir({ dir: _dir, ...rest }: ProducerOptions): Omit<ProducerOptions, 'dir'> {
  return rest;
}

/** Tells this run's messages from those of every other producer of the block, and of earlier runs. */
function streamId(producer: Producer): number {
  return ((producer.participant << 24) | (process.pid & 0xffffff)) >>> 0;
}
