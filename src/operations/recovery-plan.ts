/** A recovery plan as a document: what `auto-recover --dry-run --json` writes and `--plan FILE` reads. */
import { errorNamed } from '../api/errors';
import type { ActionKind, Location, ParticipantRole, RecoveryAction } from '../native';
import { observing } from './opening';

export const planSchema = 'datablock.plan.v1';

/** An action, and whose trace it removes, for people. */
export interface PlannedAction extends RecoveryAction {
  pid: number;
  role: ParticipantRole;
}

export interface RecoveryPlan {
  schema: typeof planSchema;
  block: string;
  /** Identity of the block that it was made for; it is refused on another one of the same name. */
  instance: string;
  actions: PlannedAction[];
}

const roleOfKind: Record<ActionKind, PlannedAction['role']> = {
  'reset-slot': 'producer',
  'give-back-slot': 'producer',
  'release-quarantine': 'producer',
  'release-hold': 'consumer',
  'release-pin': 'consumer',
  'release-spinlock': 'unknown',
  'free-participant': 'unknown',
};

/** What recovery would do now. Read-only. */
export function planFor(name: string, location: Location): RecoveryPlan {
  return observing(name, location, (observer) => {
    const { participants } = observer.snapshot(0n, 0);
    const byId = new Map(participants.map((participant) => [participant.id, participant]));
    const actions = observer.plan().map((action) => {
      const owner = byId.get(action.participant);
      return { ...action, pid: owner?.pid ?? 0, role: owner?.role ?? roleOfKind[action.kind] };
    });
    const { instance } = observer.info();
    return { schema: planSchema, block: name, instance, actions };
  });
}

const roles: readonly ParticipantRole[] = ['producer', 'consumer', 'zone-user'];

type Fields = Readonly<Record<string, unknown>>;

function bad(where: string, what: string): never {
  throw errorNamed(
    'BAD_DATA',
    `the plan is not as auto-recover --dry-run --json writes it: ${where} ${what}`,
  );
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(where, 'is no object');
  return value as Fields;
}

function listOf(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) bad(where, 'is no list');
  return value as unknown[];
}

function textOf(fields: Fields, key: string, where: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : bad(`${where}.${key}`, 'is no text');
}

/** A reader of whole numbers from 0 to `most`. */
function countUpTo(most: number): (fields: Fields, key: string, where: string) => number {
  return (fields, key, where) => {
    const value = fields[key];
    return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
      ? (value as number)
      : bad(`${where}.${key}`, `is no whole number from 0 to ${most}`);
  };
}

const participantOf = countUpTo(64);
/** The last number of 32 bits says that there is no slot. */
const slotOf = countUpTo(2 ** 32 - 2);
const spinlockOf = countUpTo(31);
const losesOf = countUpTo(1);
const pidOf = countUpTo(2 ** 32 - 1);

function u64Of(fields: Fields, key: string, where: string): bigint {
  const value = fields[key];
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value) || BigInt(value) >= 1n << 64n) {
    return bad(`${where}.${key}`, 'is no 64-bit number in decimal digits');
  }
  return BigInt(value);
}

function orNull<T>(
  fields: Fields,
  key: string,
  where: string,
  read: (fields: Fields, key: string, where: string) => T,
): T | null {
  return fields[key] === null ? null : read(fields, key, where);
}

function kindOf(fields: Fields, where: string): ActionKind {
  const kind = textOf(fields, 'kind', where);
  return Object.hasOwn(roleOfKind, kind) ? (kind as ActionKind) : bad(`${where}.kind`, `${kind} is unknown`);
}

function actionOf(value: unknown, where: string): PlannedAction {
  const fields = fieldsOf(value, where);
  const role = textOf(fields, 'role', where);
  return {
    kind: kindOf(fields, where),
    participant: participantOf(fields, 'participant', where),
    generation: u64Of(fields, 'generation', where),
    slot: orNull(fields, 'slot', where, slotOf),
    // Plans that were made before there were spinlocks do not have it.
    spinlock: fields.spinlock === undefined ? null : orNull(fields, 'spinlock', where, spinlockOf),
    seq: orNull(fields, 'seq', where, u64Of),
    before: u64Of(fields, 'before', where),
    after: u64Of(fields, 'after', where),
    loses: losesOf(fields, 'loses', where),
    pid: pidOf(fields, 'pid', where),
    role: roles.find((known) => known === role) ?? 'unknown',
  };
}

function planOf(value: unknown, where: string): RecoveryPlan {
  const fields = fieldsOf(value, where);
  const schema = textOf(fields, 'schema', where);
  if (schema !== planSchema) bad(`${where}.schema`, `is ${schema}, not ${planSchema}`);
  const instance = textOf(fields, 'instance', where);
  if (!/^[0-9a-f]{32}$/.test(instance)) bad(`${where}.instance`, 'is no identity of a block');
  return {
    schema: planSchema,
    block: textOf(fields, 'block', where),
    instance,
    actions: listOf(fields.actions, `${where}.actions`).map((action, i) =>
      actionOf(action, `${where}.actions[${i}]`),
    ),
  };
}

/** Reads the whole document of a dry run, or a single plan out of it. */
export function parsePlans(text: string): RecoveryPlan[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (e) {
    throw errorNamed('BAD_DATA', `the plan is no JSON document: ${(e as Error).message}`);
  }
  const fields = fieldsOf(document, 'document');
  if (fields.schema === planSchema) return [planOf(fields, 'plan')];
  const result = fieldsOf(fields.result, 'result');
  return listOf(result.plans, 'result.plans').map((plan, i) => planOf(plan, `result.plans[${i}]`));
}
