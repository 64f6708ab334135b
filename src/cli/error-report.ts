/** Tells of an error: on stderr in words, or on stdout as the document that `--json` asked for. */
import { DataBlockError, formatErrorNumber, wrapNative } from '../api/errors';
import { renderError } from '../render/error';
import type { Style } from '../render/style';
import { errorEnvelope, toJson, type Speaker } from './envelope';
import { fillInAdvice, type Whereabouts } from '../operations/next-command';
import { writeErr, writeOut } from './output';

export interface ErrorContext extends Whereabouts {
  speaker: Speaker;
  json: boolean;
  /** Style of stderr. */
  style: Style;
  /** What to try first, ahead of the catalogue's advice. */
  firstSuggestions?: readonly string[];
}

type Known = Pick<DataBlockError, 'code' | 'number' | 'exitCode' | 'message' | 'suggestions'>;

/** An error that no one foresaw. Made without the catalogue: the addon may be what is missing. */
function unforeseen(e: unknown): Known {
  const message = e instanceof Error ? e.message : String(e);
  return {
    code: 'INTERNAL',
    number: 799,
    exitCode: 70,
    message: `This should not happen: ${message}`,
    suggestions: ['Report it with the output of: DEBUG=1 and the same command.'],
  };
}

function stacksOf(e: unknown): string {
  const stacks: string[] = [];
  for (let at: unknown = e; at instanceof Error; at = at.cause) stacks.push(at.stack ?? at.message);
  return `${stacks.join('\nCaused by: ')}\n`;
}

/** @returns the exit code */
export function reportError(thrown: unknown, context: ErrorContext): number {
  const e = wrapNative(thrown);
  const known: Known = e instanceof DataBlockError ? e : unforeseen(e);
  const advice = known.suggestions.map((line) => fillInAdvice(line, context));
  const suggestions = [...new Set([...(context.firstSuggestions ?? []), ...advice])];
  if (process.env.DEBUG) writeErr(stacksOf(e));
  if (context.json) {
    writeOut(toJson(errorEnvelope(context.speaker, new Date(), context.block, known, suggestions)));
  } else {
    // Member by member: the message of an Error is not enumerable.
    const { message, code } = known;
    writeErr(
      renderError({ message, code, number: formatErrorNumber(known.number), suggestions }, context.style),
    );
  }
  return known.exitCode;
}
