import { Flags } from '@oclif/core';
import type { Outcome } from '../cli/base-command';
import { PumpCommand } from '../cli/pump-command';
import { durationFlag } from '../cli/unit-flags';
import { usageError } from '../cli/usage-error';
import { ConsumeRun } from '../operations/consume-run';
import { outputFramings } from '../operations/framing/output-framing';
import { renderConsumeSummary } from '../render/pump';

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
    output: Flags.string({
      default: '-',
      helpValue: 'FILE',
      summary: 'Write to this file; - is standard output (default).',
    }),
    framing: Flags.option({
      options: outputFramings,
      default: 'auto',
      summary:
        'auto: the payload, and a newline after what was a line; raw: the payload; lines: always a newline; length: a 32-bit little-endian length first; hex: a line of digits.',
    })(),
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
    timeout: durationFlag({ summary: 'Longest wait for a message; then exit 75 (default: for ever).' }),
    wait: durationFlag({ default: 0, summary: 'How long to wait for the block to appear; then exit 66.' }),
    follow: Flags.boolean({ summary: 'At the end of a stream wait for the next producer.' }),
    verify: Flags.boolean({
      summary: 'Check order and gaps, and the content of generated messages; exit 6 when anything is wrong.',
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
    const run = new ConsumeRun({
      name,
      join: {
        ...this.location,
        mode: flags.mode,
        from: flags.from,
        name: flags.name,
        watchName: true,
      },
      output: flags.output,
      framing: flags.framing,
      waitForBlockMs: this.timeoutMs('wait', flags.wait),
      consuming: {
        mode: flags.mode,
        timeoutMs: this.timeoutMs('timeout', flags.timeout),
        limit: flags.count,
        follow: flags.follow,
        verify: flags.verify,
        onProgress: progress?.update.bind(progress),
        onNotice: (text) => {
          progress?.clear();
          this.complain(text);
        },
      },
    });
    return this.pump(name, run, renderConsumeSummary, progress);
  }
}
