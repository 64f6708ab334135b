import { Args } from '@oclif/core';
import type { Outcome } from '../cli/base-command';
import { BlockCommand } from '../cli/block-command';
import { confirm, confirmationFlags } from '../cli/confirmation';
import { usageError } from '../cli/usage-error';
import { evict, exitOfEviction, findConsumer } from '../operations/eviction';
import { describeParticipant } from '../operations/naming';
import { renderEviction } from '../render/eviction';

export default class EvictConsumer extends BlockCommand {
  static override summary = 'Take the hold of a live but hopeless sync consumer away.';
  static override description =
    'Producers go on at once. The consumer loses messages, and is told so (EVICTED) at its next call; it may attach again. ' +
    'Consumers in other modes hold nobody back and are refused. Asks for the name of the block first.';
  static override examples = [
    'datablock-admin evict-consumer sensor archive',
    'datablock-admin evict-consumer sensor 3 --confirm sensor',
  ];
  static override args = {
    ...BlockCommand.args,
    CONSUMER: Args.string({
      ignoreStdin: true,
      description: "Its id, as diagnose shows it, or its name, if that is nobody's id.",
    }),
  };
  static override flags = confirmationFlags;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(EvictConsumer);
    const { NAME, CONSUMER } = args;
    // With --shm-name the only argument is the consumer.
    const named = CONSUMER === undefined && flags['shm-name'] !== undefined;
    const target = this.blockName({ args: named ? {} : { NAME }, flags });
    const wanted = named ? NAME : CONSUMER;
    if (wanted === undefined) throw usageError('the consumer is missing: its id or its name');
    const consumer = findConsumer(target, this.location, wanted);
    await confirm({
      question: `Take the hold of ${describeParticipant(consumer)} away? It loses messages of ${target}.`,
      answer: target,
      confirmed: flags.yes || (flags.confirm ?? []).includes(target),
    });
    const eviction = evict(target, this.location, consumer);
    return {
      exit: exitOfEviction(eviction),
      target,
      result: eviction,
      text: (style) => renderEviction(eviction, style),
    };
  }
}
