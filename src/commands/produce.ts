import { Flags } from '@oclif/core';
import type { Outcome } from '../cli/base-command';
import { createFlags, toCreateConfig, type CreateFlagValues } from '../cli/create-flags';
import { parseInputFraming } from '../cli/input-framing-flag';
import { PumpCommand } from '../cli/pump-command';
import { parseRate } from '../cli/rate';
import { secretFlags, secretOption } from '../cli/secret-flags';
import { durationFlag, sizeFlag } from '../cli/unit-flags';
import { usageError } from '../cli/usage-error';
import type { CreateConfig } from '../api/options';
import { timeouts } from '../api/timeouts';
import { isRecordFraming, type InputFraming } from '../operations/framing/input-framing';
import { patternKinds, type PatternKind } from '../operations/pattern';
import { ProduceRun, type Source } from '../operations/produce-run';
import { renderProduceSummary } from '../render/pump';

interface SourceFlags {
  input?: string | undefined;
  framing?: InputFraming | undefined;
  pattern?: PatternKind | undefined;
  size?: number | undefined;
}

/** Generated when --pattern or --size says so, else a file or standard input. */
async function sourceOf(flags: SourceFlags): Promise<Source> {
  const { input, framing = { kind: 'lines' }, pattern, size } = flags;
  if (pattern === undefined && size === undefined) {
    const path = input ?? '-';
    if (!isRecordFraming(framing)) return { kind: 'stream', path, framing };
    const { publishRecords } = await import('../operations/records/record-pumps');
    return { kind: 'records', path, framing: framing.kind, publish: publishRecords };
  }
  if (input !== undefined || flags.framing !== undefined) {
    throw usageError(
      'generated messages (--pattern, --size) and an input (--input, --framing) exclude each other',
    );
  }
  if (size === undefined) throw usageError('--pattern needs --size, the length of a message');
  return { kind: 'generated', pattern: pattern ?? 'seq', size };
}

/** What is not only for a new block. */
const alsoForOldBlocks: readonly string[] = ['schema', ...Object.keys(secretFlags)];

export default class Produce extends PumpCommand {
  static override summary = 'Write messages into a block: a file, standard input, or generated ones.';
  static override description = `At the end of the input an end-of-stream mark is published, and consumers end. A run that fails or is interrupted publishes none: the next run goes on with the stream.

A record that is longer than a slot, or does not fit the block's schema, ends the run with exit code 65, before anything of it is published; those before it stay published.

Lines are published without their newline, with a mark that one followed, so that consume gives back the very same bytes.`;

  static override examples = [
    'datablock-admin produce sensor --create --slots 64 --slot-size 4KiB --input readings.csv',
    'datablock-admin produce backup --framing raw --wait-consumers 1 < archive.tar',
    'datablock-admin produce sensor --framing csv --input readings.csv --create --slots 64 --schema sensor.schema.json',
    'datablock-admin produce sensor --pattern random --size 256 --count 1000000 --rate 50000/s',
  ];

  static override flags = {
    create: Flags.boolean({
      helpGroup: 'BLOCK',
      summary: 'Make the block when there is none; one that exists must have the same configuration.',
    }),
    ...createFlags,
    input: Flags.string({ helpValue: 'FILE', summary: 'Read this file; - is standard input (default).' }),
    framing: Flags.custom<InputFraming>({ parse: parseInputFraming })({
      helpValue: 'lines|fixed:SIZE|length|raw|json|csv',
      summary:
        "What a message is: a line (default), SIZE bytes, 32-bit little-endian length and so many bytes, or whatever a read returns. json (an object a line) and csv (with a line of column names): a record of the block's schema.",
    }),
    count: Flags.integer({ min: 0, helpValue: 'N', summary: 'End after N messages.' }),
    size: sizeFlag({ summary: 'Generate messages of this length.' }),
    pattern: Flags.option({
      options: patternKinds,
      summary: 'What to generate (default: seq); consume --verify checks it.',
    })(),
    rate: Flags.custom<number>({ parse: parseRate })({
      helpValue: 'N/s',
      summary: 'At most N messages per second.',
    }),
    'wait-consumers': Flags.integer({
      min: 0,
      max: 64,
      default: 0,
      helpValue: 'K',
      summary: 'Begin when K sync consumers are attached.',
    }),
    timeout: durationFlag({
      summary:
        'Longest wait for a slot or for consumers; then exit 75 (default: $DATABLOCK_TIMEOUT_WRITE_MS, else for ever).',
    }),
    hold: durationFlag({ default: 0, summary: 'Keep each slot open for so long before it is committed.' }),
    standby: durationFlag({
      summary:
        'Wait so long for the one producer that is allowed to go (default: $DATABLOCK_TIMEOUT_STANDBY_MS, else do not wait).',
    }),
    'update-checksums': Flags.boolean({
      summary: "Store each message's checksum also where the block leaves that to its users (policy manual).",
    }),
    'no-end': Flags.boolean({ summary: 'Publish no end-of-stream mark at the end.' }),
    name: Flags.string({
      default: 'produce',
      helpValue: 'TEXT',
      summary: 'Name of this participant, for operators; at most 31 bytes (default: produce).',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Produce);
    const name = this.blockName({ args, flags });
    const progress = this.progressLine(flags.progress);
    const waits = timeouts();
    const run = new ProduceRun({
      name,
      create: this.createConfig(flags),
      join: {
        ...this.location,
        name: flags.name,
        standbyMs: this.timeoutMs('standby', flags.standby, waits.standbyMs),
        ...(flags['update-checksums'] && { sealAll: true }),
        ...(!flags.create && secretOption(flags)),
        ...(flags.schema && !flags.create && { schema: flags.schema }),
      },
      source: await sourceOf(flags),
      publishing: {
        timeoutMs: this.timeoutMs('timeout', flags.timeout, waits.writeMs),
        ratePerSecond: flags.rate,
        holdMs: flags.hold,
        limit: flags.count,
        onProgress: progress?.update.bind(progress),
      },
      waitConsumers: flags['wait-consumers'],
      markEnd: !flags['no-end'],
      knowsSchema: flags.schema !== undefined,
      onNotice: (text) => {
        progress?.clear();
        this.complain(text);
      },
    });
    return this.pump(name, run, renderProduceSummary, progress);
  }

  private createConfig(flags: CreateFlagValues & { create: boolean }): CreateConfig | undefined {
    if (flags.create) return toCreateConfig(flags, this.location);
    const given = Object.keys(createFlags).find(
      (flag) => !alsoForOldBlocks.includes(flag) && flags[flag as keyof CreateFlagValues] !== undefined,
    );
    if (given !== undefined) throw usageError(`--${given} is for a new block: add --create`);
    return undefined;
  }
}
