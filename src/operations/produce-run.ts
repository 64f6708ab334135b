import { Producer, type ProducerOptions } from '../api/producer';
import { errorNamed } from '../api/errors';
import type { CreateConfig } from '../api/options';
import type { HandleStats } from '../native';
import type { ByteFraming } from './framing/input-framing';
import { publishGenerated } from './generated-source';
import { Input } from './input';
import type { PatternKind } from './pattern';
import { Publisher, type PublishingOptions } from './publisher';
import type { PumpRun } from './pump-run';
import type { publishRecords } from './records/record-pumps';
import type { RecordFraming } from './framing/record-framing';
import { sleep, throwIfSignalled } from './signals';
import { StreamSource } from './stream-source';
import { throughput, type Throughput } from './throughput';

/** Where the messages come from. */
export type Source =
  | { kind: 'stream'; path: string; framing: ByteFraming }
  | { kind: 'records'; path: string; framing: RecordFraming; publish: typeof publishRecords }
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
  /** The user knows that the messages are records, and sees to it that they are. */
  knowsSchema: boolean;
  /** Something that the user should know now. */
  onNotice: (notice: string) => void;
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
    const input = source.kind === 'generated' ? undefined : new Input(source.path);
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
      if (input !== undefined) this.#publishInput(producer, publisher, input);
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

  #publishInput(producer: Producer, publisher: Publisher, input: Input): void {
    const { source, knowsSchema, onNotice } = this.#options;
    const { info } = producer;
    if (source.kind === 'records') source.publish(input, source.framing, info, publisher);
    if (source.kind !== 'stream') return;
    if (info.schema !== null && !knowsSchema)
      onNotice(
        `the block holds ${info.schema.name} ${info.schema.version} records, and these messages are published unchecked (--framing json or csv would check them)`,
      );
    new StreamSource(input, source.framing, publisher).run();
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
