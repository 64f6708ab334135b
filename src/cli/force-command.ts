/** What `force-reset-slot` and `force-reset-all` have in common: live owners, and what may be done to them. */
import { Flags } from '@oclif/core';
import { DataBlockError } from '../api/errors';
import { liveOwners } from '../operations/killing';
import { describeParticipant } from '../operations/naming';
import { nextCommand } from '../operations/next-command';
import { recoverParticipants, type Recovery } from '../operations/recovery';
import type { Means, SlotReset } from '../operations/slot-reset';
import { BlockCommand } from './block-command';
import { confirm, confirmationFlags } from './confirmation';

export const forceFlags = {
  force: Flags.boolean({
    summary: 'Also from live owners, on a block with many producers: their slots are quarantined.',
    exclusive: ['kill'],
  }),
  kill: Flags.boolean({ summary: 'End the processes of live owners first (SIGKILL); asks before.' }),
  ...confirmationFlags,
};

export abstract class ForceCommand extends BlockCommand {
  /** What the user allows, after everybody who would be ended was named. */
  protected async means(
    name: string,
    flags: { force: boolean; kill: boolean; yes: boolean; confirm?: string[] | undefined },
    slot?: number,
  ): Promise<Means> {
    const victims = flags.kill ? liveOwners(name, this.location, slot) : [];
    if (victims.length > 0) {
      await confirm({
        question: `End ${victims.map(describeParticipant).join('; ')}, and reset what it has of ${name}?`,
        answer: name,
        confirmed: flags.yes || (flags.confirm ?? []).includes(name),
      });
    }
    return { force: flags.force, kill: victims };
  }

  /** Those that were ended leave more than a slot behind. */
  protected recovered(name: string, resets: readonly SlotReset[]): Recovery | null {
    const killed = resets.flatMap(({ killed, owner }) => (killed && owner !== null ? [owner.id] : []));
    return killed.length === 0 ? null : recoverParticipants(name, this.location, killed);
  }

  /** The ways that are left when a live owner is in the way. */
  protected waysLeft(error: unknown, words: readonly string[]): readonly string[] {
    if (!(error instanceof DataBlockError) || this.block === undefined) return [];
    const fence = `${nextCommand([...words, '--force'], this.location)}   # fences it off, where there are many producers`;
    const kill = `${nextCommand([...words, '--kill', '--confirm', this.block], this.location)}   # ends that process first`;
    if (error.code === 'OWNER_ALIVE') return [fence, kill];
    return error.code === 'SINGLE_PRODUCER_ALIVE' ? [kill] : [];
  }
}
