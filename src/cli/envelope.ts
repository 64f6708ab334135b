/** The JSON document that every command prints with `--json`. */
import type { DataBlockError } from '../api/errors';
import { formatErrorNumber } from '../api/errors';
import { statusOf } from './exit-code-table';

/** Which program of which version speaks, and about what. */
export interface Speaker {
  /** E.g. `datablock-admin 0.1.0`. */
  tool: string;
  /** The command, e.g. `diagnose`. */
  command: string;
}

export interface Envelope {
  /** Name and version of this document's form: `datablock.diagnose.v1`. */
  schema: string;
  tool: string;
  /** When, RFC 3339. */
  at: string;
  /** The block, or null where the command is not about one. */
  target: string | null;
  /** One word for `exit`. */
  status: string;
  exit: number;
  result: unknown;
  warnings: readonly string[];
  error?: { code: string; number: string; message: string; suggestions: readonly string[] };
}

function schemaOf(command: string): string {
  return `datablock.${command.replace(':', '-')}.v1`;
}

export function resultEnvelope(
  speaker: Speaker,
  at: Date,
  outcome: {
    target?: string | undefined;
    exit: number;
    status?: string | undefined;
    result: unknown;
    warnings?: readonly string[] | undefined;
  },
): Envelope {
  return {
    schema: schemaOf(speaker.command),
    tool: speaker.tool,
    at: at.toISOString(),
    target: outcome.target ?? null,
    status: outcome.status ?? statusOf(outcome.exit),
    exit: outcome.exit,
    result: outcome.result,
    warnings: outcome.warnings ?? [],
  };
}

export function errorEnvelope(
  speaker: Speaker,
  at: Date,
  target: string | undefined,
  error: Pick<DataBlockError, 'code' | 'number' | 'exitCode' | 'message'>,
  suggestions: readonly string[],
): Envelope {
  return {
    ...resultEnvelope(speaker, at, { target, exit: error.exitCode, result: null }),
    status: 'error',
    error: { code: error.code, number: formatErrorNumber(error.number), message: error.message, suggestions },
  };
}

/** u64 quantities become decimal strings: a JSON number would lose their low digits in most readers. */
function replacer(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** One document, ready to be read by people as well. */
export function toJson(document: unknown): string {
  return `${JSON.stringify(document, replacer, 2)}\n`;
}

/** One line, for streams (NDJSON). */
export function toJsonLine(document: unknown): string {
  return `${JSON.stringify(document, replacer)}\n`;
}
