/** A command that only looks: at a live block, or with `--from FILE` at a snapshot of one. */
import * as fs from 'node:fs';
import { Flags } from '@oclif/core';
import { errorNamed } from '../api/errors';
import { observing, type ObserverLocation } from '../operations/opening';
import { BlockCommand } from './block-command';
import { usageError } from './usage-error';

/** What a command is to look at. */
export interface Subject {
  name: string;
  location: ObserverLocation;
}

function requireReadable(file: string): void {
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (e) {
    throw errorNamed('IO', `the snapshot: ${(e as Error).message}`, { cause: e });
  }
}

export abstract class ReadCommand extends BlockCommand {
  static override baseFlags = {
    ...BlockCommand.baseFlags,
    from: Flags.string({
      helpValue: 'FILE',
      summary: 'Look at this snapshot instead of a live block; NAME is not needed.',
    }),
  };

  /** A snapshot knows which block it is of. */
  protected subject(parsed: {
    args: { NAME?: string | undefined };
    flags: { 'shm-name'?: string | undefined; from?: string | undefined };
  }): Subject {
    const { from } = parsed.flags;
    if (from === undefined) return { name: this.blockName(parsed), location: this.location };
    requireReadable(from);
    const location = { ...this.location, snapshot: from };
    const { name } = observing(from, location, (observer) => observer.info());
    const isNamed = parsed.args.NAME !== undefined || parsed.flags['shm-name'] !== undefined;
    if (isNamed && this.blockName(parsed) !== name) throw usageError(`${from} is a snapshot of ${name}`);
    return { name, location };
  }
}
