/** Asks before something is destroyed. */
import * as readline from 'node:readline/promises';
import { Flags } from '@oclif/core';
import { errorNamed } from '../api/errors';

export const confirmationFlags = {
  confirm: Flags.string({
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Do not ask about this block; may be repeated.',
  }),
  yes: Flags.boolean({ summary: 'Do not ask.' }),
};

/** Asks on the terminal for `answer`; anything else is a No. Without a terminal nobody can answer: No. */
async function asks(question: string, answer: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} Type ${answer} to go on: `)).trim() === answer;
  } finally {
    terminal.close();
  }
}

/** Returns when somebody has confirmed; throws REFUSED otherwise. */
export async function confirm(request: {
  question: string;
  answer: string;
  confirmed: boolean;
}): Promise<void> {
  if (request.confirmed || (await asks(request.question, request.answer))) return;
  throw errorNamed('REFUSED', request.question);
}
