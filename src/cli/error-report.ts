/** Tells of an error: on stderr in words, or on stdout as the document that `--json` asked for. */
import { DataBlockError, errorNamed, formatErrorNumber, wrapNative } from '../api/errors';
import { native } from '../native';
import { renderError } from '../render/error';
import type { Style } from '../render/style';
import { errorEnvelope, toJson, toJsonLine, type Speaker } from './envelope';
import { fillInAdvice, type Whereabouts } from '../operations/next-command';
import { writeErr, writeOut } from './output';

export interface ErrorContext extends Whereabouts {
  speaker: Speaker;
  json: boolean;
  /** The document is one of many, a line each. */
  oneLine?: boolean;
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

function textOf(known: Known, context: ErrorContext): string {
  const advice = known.suggestions.map((line) => fillInAdvice(line, context));
  const suggestions = [...new Set([...(context.firstSuggestions ?? []), ...advice])];
  if (context.json) {
    const document = errorEnvelope(context.speaker, new Date(), context.block, known, suggestions);
    return context.oneLine === true ? toJsonLine(document) : toJson(document);
  }
  // Member by member: the message of an Error is not enumerable.
  const { message, code } = known;
  return renderError({ message, code, number: formatErrorNumber(known.number), suggestions }, context.style);
}

/** What the end of a program by an error looks like. */
export interface ErrorReport {
  stream: 'out' | 'err';
  text: string;
  exit: number;
}

/** What a command says of an error, unless it has a way of its own. */
export function errorReport(thrown: unknown, context: ErrorContext): ErrorReport {
  const e = wrapNative(thrown);
  const known: Known = e instanceof DataBlockError ? e : unforeseen(e);
  return { stream: context.json ? 'out' : 'err', text: textOf(known, context), exit: known.exitCode };
}

/** @returns the exit code */
export function writeReport({ stream, text, exit }: ErrorReport, thrown: unknown): number {
  if (process.env.DEBUG) writeErr(stacksOf(wrapNative(thrown)));
  (stream === 'out' ? writeOut : writeErr)(text);
  return exit;
}

/** @returns the exit code */
export function reportError(thrown: unknown, context: ErrorContext): number {
  return writeReport(errorReport(thrown, context), thrown);
}

/** A block that is truncated while it is mapped. */
export function truncation(block: string): DataBlockError {
  return errorNamed('TRUNCATED', `${block} was truncated while it was in use`);
}

/** A block that is truncated while it is mapped ends the process at the next look at it: from now on with this report. */
export function prepareBusErrors({ stream, text, exit }: ErrorReport): void {
  native().reportBusErrors(stream === 'out' ? 1 : 2, text, exit);
}
