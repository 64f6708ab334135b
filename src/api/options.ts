/**
 * Strict checks of what callers pass in: a misspelt or impossible option is refused by name, never ignored
 * and never turned into something else. An option that is present with the value `undefined` is refused as
 * well.
 */
import {
  MessageFlag,
  type ConsumerJoinOptions,
  type CreateConfig as NativeConfig,
  type JoinOptions,
  type Location,
  type NativeSecret,
  type ProducerJoinOptions,
  type Timeouts,
} from '../native';
import type { AnySchema } from '../schema/schema';
import { closestName } from './closest-name';
import { DataBlockError, errorEntryNamed, errorNamed } from './errors';
import { Secret } from './secret';

/** Says what the value must be when it is not; undefined when it is right. */
type Check = (value: unknown) => string | undefined;
type Checks<T> = { readonly [K in keyof Required<T>]: Check };

/** Longest time-out there is: 2^31 - 1 ms, 24.8 days; -1 waits for ever. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SIZE = Number.MAX_SAFE_INTEGER;

/** The error for an argument that cannot be right, whatever the state of the block. */
export function invalidArgument(detail: string): DataBlockError {
  const entry = errorEntryNamed('INVALID_ARGUMENT');
  const error = entry === undefined ? errorNamed('INTERNAL', detail) : new DataBlockError(entry, detail);
  Error.captureStackTrace(error, invalidArgument);
  return error;
}

/** `value` as a message shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

function integer(min: number, max: number): Check {
  const range = max === MAX_SIZE ? `${min} or more` : `from ${min} to ${max}`;
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? undefined
      : `an integer, ${range}`;
}

function oneOf(...values: readonly string[]): Check {
  const list = values.map((value) => JSON.stringify(value)).join(' or ');
  return (value) => (typeof value === 'string' && values.includes(value) ? undefined : list);
}

function text(maxBytes: number): Check {
  return (value) =>
    typeof value === 'string' && !value.includes('\0') && Buffer.byteLength(value) <= maxBytes
      ? undefined
      : `a string of at most ${maxBytes} bytes of UTF-8`;
}

const isBoolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const isDirectory: Check = (value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'the path of a directory';
const isTimeout: Check = (value) =>
  integer(-1, MAX_TIMEOUT_MS)(value) === undefined
    ? undefined
    : `milliseconds: an integer from 0 to ${MAX_TIMEOUT_MS}, or -1 to wait for ever`;
const isFunction: Check = (value) => (typeof value === 'function' ? undefined : 'a function');
const isSignal: Check = (value) => (value instanceof AbortSignal ? undefined : 'an AbortSignal');
const isBytes: Check = (value) => (value instanceof Uint8Array ? undefined : 'a Uint8Array');

/** By shape: the class is loaded by those who have a schema. */
const isSchema: Check = (value) =>
  typeof value === 'object' && value !== null && typeof (value as Partial<AnySchema>).text === 'string'
    ? undefined
    : 'a Schema (defineSchema, Schema.parse)';

const isSecret: Check = (value) =>
  value instanceof Secret ? undefined : 'a Secret (Secret.fromFile, Secret.fromBytes)';

const isZoneList: Check = (value) =>
  Array.isArray(value) &&
  value.every((zone: unknown) => {
    if (typeof zone !== 'object' || zone === null) return false;
    const { name, size, ...rest } = zone as Record<string, unknown>;
    const named = typeof name === 'string' && name !== '' && text(47)(name) === undefined;
    return named && integer(1, MAX_SIZE)(size) === undefined && Object.keys(rest).length === 0;
  })
    ? undefined
    : 'an array of { name, size }';

const location: Checks<Location> = { dir: isDirectory };

const createConfig: Checks<CreateConfig> = {
  ...location,
  slots: integer(1, MAX_SIZE),
  slotSize: integer(1, MAX_SIZE),
  producers: oneOf('single', 'multi'),
  maxParticipants: integer(1, 64),
  maxSync: integer(0, 64),
  checksum: oneOf('none', 'xxh3', 'blake2b', 'blake2b-keyed'),
  checksumPolicy: oneOf('manual', 'enforced'),
  overflow: oneOf('wait', 'fail'),
  selfHeal: isBoolean,
  healAfterMs: integer(1, MAX_TIMEOUT_MS),
  fences: oneOf('asymmetric', 'real'),
  timestamps: isBoolean,
  zones: isZoneList,
  schema: isSchema,
  secret: isSecret,
  mode: integer(0, 0o7777),
  gid: integer(0, 2 ** 32 - 2),
};

/** Of a handle that has no part in the stream. */
const bareJoin: Checks<Omit<JoinOptions, 'schema'>> = {
  ...location,
  name: text(31),
  note: text(63),
  wait: oneOf('spin', 'adaptive', 'block'),
  populate: isBoolean,
  watchName: isBoolean,
  secret: isSecret,
};

const join: Checks<JoinOptions> = { ...bareJoin, schema: isSchema };

const timeoutChecks: Checks<Timeouts> = {
  writeMs: isTimeout,
  readMs: isTimeout,
  standbyMs: isTimeout,
  lockMs: isTimeout,
  killMs: integer(0, MAX_TIMEOUT_MS),
  stuckAfterMs: integer(0, MAX_TIMEOUT_MS),
};
const areTimeouts: Check = (value) => {
  const found = problem(value, timeoutChecks, []);
  return found === undefined ? undefined : `time-outs (${found})`;
};

const producerJoin: Checks<ProducerJoinOptions> = { ...join, standbyMs: isTimeout, sealAll: isBoolean };

const consumerJoin: Checks<ConsumerJoinOptions> = {
  ...join,
  mode: oneOf('sync', 'sequential', 'latest'),
  from: oneOf('oldest', 'latest'),
  onCorrupt: oneOf('throw', 'skip'),
  schemaMatch: oneOf('exact', 'compatible'),
};

/** With a {@link Schema} and a {@link Secret} where the addon takes a text and a handle. */
export type Given<T extends { schema?: string; secret?: NativeSecret }> = Omit<T, 'schema' | 'secret'> & {
  /** What the messages are, compared with what the block says. Default: bytes. */
  schema?: AnySchema;
  /** Of the block. Default: that of the environment's `DATABLOCK_SECRET`, else none. */
  secret?: Secret;
};

/** Configuration of a new block; fixed for its life. */
export type CreateConfig = Given<NativeConfig>;

/** As the addon takes it. */
export function forAddon<T extends { schema?: AnySchema; secret?: Secret }>(
  options: T,
): Omit<T, 'schema' | 'secret'> & { schema?: string; secret?: NativeSecret } {
  const { schema, secret, ...rest } = options;
  return {
    ...rest,
    ...(schema !== undefined && { schema: schema.text }),
    ...(secret !== undefined && { secret: Secret.handleOf(secret) }),
  };
}

/** Where a block is looked at, and with what. */
export interface ObserverOptions extends Location {
  /** For keyed checksums; nothing else that an observer does needs one. */
  secret?: Secret;
}

/** What the TypeScript layer adds to the options of a handle. */
export interface HandleOptions {
  /**
   * Hand out private copies instead of the shared memory itself, and detach them when the slot is let go: a
   * view that is kept for too long then reads as empty instead of showing (or damaging) somebody else's
   * message, and writing to a consumer's view is harmless. Costs a copy and an allocation per message; for
   * development and tests.
   */
  checked?: boolean;
}

const handle: Checks<HandleOptions> = { checked: isBoolean };

function problem(
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[],
): string | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return `the options must be an object, not ${shown(options)}`;
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      const meant = closestName(name, Object.keys(checks));
      return `unknown option "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
    }
    const expected = check(given[name]);
    if (expected !== undefined) return `"${name}" must be ${expected}, not ${shown(given[name])}`;
  }
  const missing = required.find((name) => !Object.hasOwn(given, name));
  return missing === undefined ? undefined : `"${missing}" is missing`;
}

function requireValid(what: string, options: unknown, checks: Readonly<Record<string, Check>>): void {
  const found = problem(options, checks, []);
  if (found !== undefined) throw invalidArgument(`${what}: ${found}.`);
}

/** Throws CONFIG_INVALID when `config` cannot be the configuration of a block. */
export function checkCreateConfig(config: unknown): asserts config is CreateConfig {
  const found = problem(config, createConfig, ['slots', 'slotSize']);
  if (found !== undefined) throw errorNamed('CONFIG_INVALID', `${found}.`);
}

export function checkLocation(what: string, options: unknown): asserts options is Location {
  requireValid(what, options, location);
}

export function checkObserverOptions(what: string, options: unknown): asserts options is ObserverOptions {
  requireValid(what, options, { ...location, secret: isSecret });
}

export function checkProducerOptions(
  what: string,
  options: unknown,
): asserts options is Given<ProducerJoinOptions> & HandleOptions {
  requireValid(what, options, { ...producerJoin, ...handle, timeouts: areTimeouts });
}

export function checkConsumerOptions(what: string, options: unknown): void {
  requireValid(what, options, { ...consumerJoin, ...handle, onLoss: isFunction, timeouts: areTimeouts });
}

export function checkJoinOptions(
  what: string,
  options: unknown,
): asserts options is Omit<Given<JoinOptions>, 'schema'> & { timeouts?: Partial<Timeouts> } {
  requireValid(what, options, { ...bareJoin, timeouts: areTimeouts });
}

export function checkLockOptions(what: string, options: unknown): void {
  requireValid(what, options, { timeoutMs: isTimeout, onOwnerDead: oneOf('refuse', 'accept') });
}

export function checkWaitOptions(what: string, options: unknown): void {
  requireValid(what, options, { timeoutMs: isTimeout, signal: isSignal });
}

export function checkIterationOptions(what: string, options: unknown): void {
  requireValid(what, options, { timeoutMs: isTimeout, signal: isSignal, follow: isBoolean });
}

export function checkUnlinkOptions(what: string, options: unknown): void {
  requireValid(what, options, { ...location, force: isBoolean, instance: text(32) });
}

export function checkSnapshotOptions(what: string, options: unknown): void {
  requireValid(what, options, { stuckAfterMs: integer(0, MAX_TIMEOUT_MS), limit: integer(0, 2 ** 32 - 1) });
}

export function checkValidateOptions(what: string, options: unknown): void {
  requireValid(what, options, { checksums: isBoolean });
}

export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string')
    throw invalidArgument(`${what}: the block's name must be a string, not ${shown(name)}.`);
}

export function checkCallback(what: string, callback: unknown): void {
  if (typeof callback !== 'function')
    throw invalidArgument(`${what}: a function is needed, not ${shown(callback)}.`);
}

export function checkBytes(what: string, value: unknown): asserts value is Uint8Array {
  const expected = isBytes(value);
  if (expected !== undefined)
    throw invalidArgument(`${what}: the data must be ${expected}, not ${shown(value)}.`);
}

export function checkMessages(what: string, messages: unknown): void {
  if (!Array.isArray(messages))
    throw invalidArgument(`${what}: the messages must be an array, not ${shown(messages)}.`);
  for (const message of messages) checkBytes(what, message);
}

/** On the hot path: two comparisons when all is well. A bigint would throw a TypeError of its own. */
export function checkTimeout(what: string, timeoutMs: unknown): void {
  if (typeof timeoutMs === 'number' && (timeoutMs | 0) === timeoutMs && timeoutMs >= -1) return;
  throw invalidArgument(
    `${what}: "timeoutMs" must be ${isTimeout(timeoutMs) ?? ''}, not ${shown(timeoutMs)}.`,
  );
}

/** On the hot path: `value` is an unsigned 32-bit integer. */
export function checkUint32(what: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value >>> 0 === value) return;
  throw invalidArgument(
    `${what}: "${name}" must be an integer from 0 to ${2 ** 32 - 1}, not ${shown(value)}.`,
  );
}

/** Message flags, of which the one that makes a message an end-of-stream mark is not the caller's to set. */
export function checkFlags(what: string, flags: number): void {
  checkUint32(what, 'flags', flags);
  if ((flags & MessageFlag.End) !== 0)
    throw invalidArgument(`${what}: flag ${MessageFlag.End} is what markEnd() publishes.`);
}

/** An index or count that must be within `0..max`. */
export function checkRange(what: string, name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw invalidArgument(`${what}: "${name}" must be an integer from ${min} to ${max}, not ${shown(value)}.`);
}
