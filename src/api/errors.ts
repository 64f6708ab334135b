/**
 * The errors of the library: every one is an entry of the catalogue (native/core/errors.def), with the details of the
 * case in its message.
 */
import { native, type ErrorEntry, type NativeError } from '../native';
import { ErrorNumber, type ErrorName } from './error-names';

export { ErrorNumber, type ErrorName };

/** Thrown by everything in this library that fails for a reason it knows. */
export class DataBlockError extends Error {
  override readonly name = 'DataBlockError';
  /** Symbolic name in the catalogue, e.g. `SINGLE_PRODUCER`. Stable. */
  readonly code: string;
  /** Number in the catalogue, printed as `DB` and four digits. Stable. */
  readonly number: number;
  /** What a command that ends with this error exits with. */
  readonly exitCode: number;
  /** What to do about it, a line each; `NAME` stands for the block's name where it is not known. */
  readonly suggestions: readonly string[];
  /** The operating system's error number where there was one, else 0. */
  readonly errno: number;
  /** What the message says of this case, without the catalogue's sentence; where it is known apart. */
  readonly detail: string | undefined;

  constructor(
    entry: ErrorEntry,
    message: string = entry.sentence,
    options: { cause?: unknown; errno?: number; detail?: string | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = entry.name;
    this.number = entry.number;
    this.exitCode = entry.exitCode;
    this.suggestions = entry.advice;
    this.errno = options.errno ?? 0;
    this.detail = options.detail;
  }
}

/** The schema of a block is not the one that was asked for (SCHEMA_MISMATCH), or it has none (NO_SCHEMA). */
export class SchemaValidationError extends DataBlockError {
  /** In what they differ, a line each. */
  readonly differences: readonly string[];

  constructor(entry: ErrorEntry, message: string, differences: readonly string[], cause: unknown) {
    super(entry, message, { cause });
    this.differences = differences;
  }
}

let entries: Map<number, ErrorEntry> | undefined;

function catalogue(): Map<number, ErrorEntry> {
  entries ??= new Map(
    native()
      .errorCatalogue()
      .map((entry) => [entry.number, entry]),
  );
  return entries;
}

/** Looks an entry up by its number. */
export function errorEntry(number: number): ErrorEntry | undefined {
  return catalogue().get(number);
}

/** Looks an entry up by its symbolic name. */
export function errorEntryNamed(name: string): ErrorEntry | undefined {
  const number = (ErrorNumber as Partial<Record<string, number>>)[name];
  return number === undefined ? undefined : errorEntry(number);
}

/** `DB0501` for 501. */
export function formatErrorNumber(number: number): string {
  return `DB${String(number).padStart(4, '0')}`;
}

function sentenceWith(entry: ErrorEntry, detail: string | undefined): string {
  return detail === undefined ? entry.sentence : `${entry.sentence.replace(/\.$/, '')}: ${detail}`;
}

/** The error of that name; `detail` says what is particular to this case. */
export function errorNamed(name: ErrorName, detail?: string, options?: { cause?: unknown }): DataBlockError {
  const error = fromStatus(-ErrorNumber[name], detail, options);
  Error.captureStackTrace(error, errorNamed);
  return error;
}

/** The error that a function of the hot path means by a negative result. */
export function fromStatus(negated: number, detail?: string, options?: { cause?: unknown }): DataBlockError {
  const entry = errorEntry(-negated) ?? errorEntry(ErrorNumber.INTERNAL);
  if (entry === undefined)
    throw new Error(`The error catalogue of the addon knows neither ${String(-negated)} nor INTERNAL.`);
  return new DataBlockError(entry, sentenceWith(entry, detail), { ...options, detail });
}

/** By shape, not by `instanceof`: what the addon throws belongs to its own realm. */
function isNativeError(e: unknown): e is NativeError {
  if (typeof e !== 'object' || e === null) return false;
  const { code, number, exitCode, message } = e as Partial<NativeError>;
  return (
    typeof code === 'string' &&
    typeof number === 'number' &&
    typeof exitCode === 'number' &&
    typeof message === 'string'
  );
}

/** Turns what the addon throws into a {@link DataBlockError}; anything else comes back as it is. */
export function wrapNative(e: unknown): unknown {
  if (e instanceof DataBlockError || !isNativeError(e)) return e;
  const entry = errorEntry(e.number) ?? {
    number: e.number,
    name: e.code,
    exitCode: e.exitCode,
    sentence: e.message,
    advice: [],
  };
  if (e.differences !== undefined) return new SchemaValidationError(entry, e.message, e.differences, e);
  return new DataBlockError(entry, e.message, { cause: e, errno: e.errno });
}

/** Runs `call` and throws what {@link wrapNative} makes of its error. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (e) {
    throw wrapNative(e);
  }
}
