import { Flags } from '@oclif/core';
import type { Outcome } from '../cli/base-command';
import { timeouts } from '../api/timeouts';
import { PumpCommand } from '../cli/pump-command';
import { schemaFromFile } from '../cli/schema-flag';
import { secretFlags, secretOption } from '../cli/secret-flags';
import { durationFlag } from '../cli/unit-flags';
import { usageError } from '../cli/usage-error';
import { ConsumeRun } from '../operations/consume-run';
import { byteFramings, encoderFor, type OutputFraming } from '../operations/framing/output-framing';
import type { MessageEncoder } from '../operations/framing/framing';
import { recordFramings, type RecordFraming } from '../operations/framing/record-framing';
import type { SegmentInfo } from '../native';
import type { Schema } from '../schema/schema';
import { renderConsumeSummary } from '../render/pump';

async function encoderOf(
  framing: OutputFraming | RecordFraming,
  schema: Schema | undefined,
  notice: (text: string) => void,
): Promise<(info: SegmentInfo) => MessageEncoder> {
  if (framing === 'json' || framing === 'csv') {
    const { recordEncoder } = await import('../operations/records/record-pumps');
    return (info) => recordEncoder(framing, info, schema);
  }
  return (info) => {
    if (info.schema !== null && schema === undefined)
      notice(
        `the messages are ${info.schema.name} ${info.schema.version} records, put out as bytes (--framing json or csv shows their fields)`,
      );
    return encoderFor(framing);
  };
}

export default class Consume extends PumpCommand {
  static override summary = 'Read messages from a block, to a file or standard output.';
  static override description = `Ends when every attached producer has ended its stream. A producer that died has not: that is said on standard error, and the wait for another one to go on ends with --timeout. When the block is removed while it waits, it ends with exit 66.

A sync consumer holds producers back when it is slow, and lets a message go only when it was written out. A sequential one never holds anyone back, and is told how many messages it lost; latest reads the newest message there is, and skips by design.`;

  static override examples = [
    'datablock-admin consume sensor > readings.csv',
    'datablock-admin consume sensor --wait 10s --timeout 5s --output readings.csv --json',
    'datablock-admin consume sensor --mode sequential --framing hex --count 10',
  ];

  static override flags = {
    ...secretFlags,
    output: Flags.string({
      default: '-',
      helpValue: 'FILE',
      summary: 'Write to this file; - is standard output (default).',
    }),
    framing: Flags.option({
      options: [...byteFramings, ...recordFramings],
      default: 'auto',
      summary:
        'auto: the payload, and a newline after what was a line; raw: the payload; lines: always a newline; length: a 32-bit little-endian length first; hex: a line of digits; json, csv: records by the schema, an object or a row a line.',
    })(),
    schema: Flags.string({
      helpValue: 'FILE',
      summary: 'The records must be of this schema; else exit 78. Default: whatever the block says.',
    }),
    compatible: Flags.boolean({
      dependsOn: ['schema'],
      summary: "The block's records may have more fields than --schema says; only those are put out.",
    }),
    mode: Flags.option({
      options: ['sync', 'sequential', 'latest'] as const,
      default: 'sync',
      summary: 'Lossless, in order with declared losses, or the newest only.',
    })(),
    from: Flags.option({
      options: ['oldest', 'latest'] as const,
      default: 'oldest',
      summary: 'Begin with what is still in the ring (default), or with what comes next.',
    })(),
    count: Flags.integer({ min: 0, helpValue: 'N', summary: 'End after N messages.' }),
    timeout: durationFlag({
      summary:
        'Longest wait for a message; then exit 75 (default: $DATABLOCK_TIMEOUT_READ_MS, else for ever).',
    }),
    wait: durationFlag({ default: 0, summary: 'How long to wait for the block to appear; then exit 66.' }),
    follow: Flags.boolean({ summary: 'At the end of a stream wait for the next producer.' }),
    'on-corrupt': Flags.option({
      options: ['skip', 'fail'] as const,
      default: 'skip',
      summary:
        'A message that does not match its checksum is never put out. skip: go on, and exit 6 in the end (default); fail: end at once, exit 6.',
    })(),
    verify: Flags.boolean({
      summary:
        'Check order and gaps, the content of generated messages, and checksums that the block leaves to its users; exit 6 when anything is wrong.',
    }),
    name: Flags.string({
      default: 'consume',
      helpValue: 'TEXT',
      summary: 'Name of this participant, for operators; at most 31 bytes (default: consume).',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Consume);
    const name = this.blockName({ args, flags });
    if (flags.json && flags.output === '-') {
      throw usageError(
        '--json prints its document on standard output: name a file for the data with --output',
      );
    }
    const progress = this.progressLine(flags.progress);
    const notice = (text: string): void => {
      progress?.clear();
      this.complain(text);
    };
    const schema = flags.schema === undefined ? undefined : await schemaFromFile(flags.schema);
    const run = new ConsumeRun({
      name,
      join: {
        ...this.location,
        mode: flags.mode,
        from: flags.from,
        name: flags.name,
        watchName: true,
        ...secretOption(flags),
        ...(schema && { schema, schemaMatch: flags.compatible ? 'compatible' : 'exact' }),
      },
      output: flags.output,
      encoder: await encoderOf(flags.framing, schema, notice),
      waitForBlockMs: this.timeoutMs('wait', flags.wait, 0),
      consuming: {
        mode: flags.mode,
        timeoutMs: this.timeoutMs('timeout', flags.timeout, timeouts().readMs),
        limit: flags.count,
        follow: flags.follow,
        verify: flags.verify,
        onCorrupt: flags['on-corrupt'],
        onProgress: progress?.update.bind(progress),
        onNotice: notice,
      },
    });
    return this.pump(name, run, renderConsumeSummary, progress);
  }
}
