/** A command about one block, named by NAME or `--shm-name NAME`. */
import { Args, Flags } from '@oclif/core';
import { closestName } from '../api/closest-name';
import { DataBlockError } from '../api/errors';
import { blockNames } from '../operations/block-names';
import { BaseCommand } from './base-command';
import { spokenName } from './command-table';
import { aboutToMap } from '../operations/opening';
import { nextCommand } from '../operations/next-command';
import { usageError } from './usage-error';

/** `--shm-name`, for commands that take more than one name and so are no {@link BlockCommand}. */
export const shmName = {
  'shm-name': Flags.string({
    helpValue: 'NAME',
    summary: 'Name of the block; the same as the argument NAME.',
  }),
};

export abstract class BlockCommand extends BaseCommand {
  static override baseFlags = { ...BaseCommand.baseFlags, ...shmName };

  // Without ignoreStdin the parser would take a missing NAME from standard input, which is data here.
  static override args = { NAME: Args.string({ description: 'Name of the block.', ignoreStdin: true }) };

  private name: string | undefined;

  protected override get block(): string | undefined {
    return this.name;
  }

  /** The one name that the command line gives, by either way. */
  protected blockName(parsed: {
    args: { NAME?: string | undefined };
    flags: { 'shm-name'?: string | undefined };
  }): string {
    const { NAME: positional } = parsed.args;
    const named = parsed.flags['shm-name'];
    if (positional !== undefined && named !== undefined && positional !== named) {
      throw usageError(`two names are given, ${positional} and --shm-name ${named}`);
    }
    this.name = positional ?? named;
    if (this.name === undefined) throw usageError('the name of the block is missing');
    aboutToMap(this.name);
    return this.name;
  }

  protected override firstSuggestions(error: unknown): readonly string[] {
    if (!(error instanceof DataBlockError) || error.code !== 'NO_SUCH_BLOCK' || this.name === undefined)
      return [];
    const near = closestName(this.name, blockNames(this.location));
    if (near === undefined) return [];
    return [
      `${nextCommand([...spokenName(this.ctor.id).split(' '), near], this.location)}   # did you mean ${near}?`,
    ];
  }
}
