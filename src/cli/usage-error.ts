/** Turns what oclif's parser throws into a USAGE error of one line, with what the user probably meant. */
import type { Command } from '@oclif/core';
import { closestName } from '../api/closest-name';
import { DataBlockError, errorNamed } from '../api/errors';

function meant(word: string, candidates: readonly string[]): string {
  const near = closestName(word, candidates);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** The command line is wrong in a way that oclif does not know of. */
export function usageError(detail: string): DataBlockError {
  return errorNamed('USAGE', detail);
}

/** `diagnos` is no command. */
export function unknownCommand(word: string, commands: readonly string[]): DataBlockError {
  return usageError(`there is no command ${word}${meant(word, commands)}`);
}

function flagsOf(command: typeof Command): string[] {
  return Object.keys({ ...command.baseFlags, ...command.flags }).map((name) => `--${name}`);
}

/** What the parser says, without its layout. */
function firstLine(message: string): string {
  const text = message.replace(/\n?See more help with --help$/, '');
  const parsing = /^Parsing (--\S+)\s+([^]*)$/.exec(text);
  const said = parsing === null ? text : `${parsing[1] ?? ''}: ${parsing[2] ?? ''}`;
  return said
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** @param thrown - what the parser threw */
export function usageErrorOf(thrown: unknown, command: typeof Command): DataBlockError {
  if (thrown instanceof DataBlockError && thrown.code !== 'USAGE') return thrown;
  const { flags, message } = thrown as { flags?: unknown; message: string };
  if (Array.isArray(flags) && typeof flags[0] === 'string') {
    const flag = flags[0].replace(/=.*$/, '');
    return usageError(`there is no flag ${flag}${meant(flag, flagsOf(command))}`);
  }
  return usageError(firstLine(message));
}
