import { toJson } from '../../../src/cli/envelope';
import { parsePlans, planSchema, type RecoveryPlan } from '../../../src/operations/recovery-plan';
import { action, instance } from '../../support/reports';
import { thrownBy } from '../../support/thrown-by';

const plan: RecoveryPlan = {
  schema: planSchema,
  block: 'sensor',
  instance,
  actions: [
    { ...action({ before: 0xffff_ffff_ffff_ffffn }), pid: 12345, role: 'producer' },
    { ...action({ kind: 'release-hold', slot: null, seq: null, loses: 0 }), pid: 7, role: 'consumer' },
  ],
};

test('a plan survives the way through JSON', () => {
  expect(parsePlans(toJson(plan))).toEqual([plan]);
});

test('the whole document of a dry run is accepted', () => {
  expect(
    parsePlans(toJson({ schema: 'datablock.auto-recover.v1', exit: 2, result: { plans: [plan, plan] } })),
  ).toEqual([plan, plan]);
});

type Damage = (plan: Record<string, unknown> & { actions: Record<string, unknown>[] }) => void;

const damages: [string, RegExp, Damage][] = [
  ['another schema', /result/, (p) => (p.schema = 'datablock.plan.v2')],
  ['no instance', /plan.instance is no text/, (p) => delete p.instance],
  ['a malformed instance', /plan.instance is no identity/, (p) => (p.instance = 'x')],
  ['no block', /plan.block is no text/, (p) => (p.block = 5)],
  ['no actions', /plan.actions is no list/, (p) => delete (p as Record<string, unknown>).actions],
  [
    'an unknown kind',
    /actions\[0\].kind format-disk is unknown/,
    (p) => (p.actions[0]!.kind = 'format-disk'),
  ],
  [
    'a kind of every object',
    /actions\[0\].kind toString is unknown/,
    (p) => (p.actions[0]!.kind = 'toString'),
  ],
  ['a word as a number', /actions\[0\].before is no 64-bit number/, (p) => (p.actions[0]!.before = 5)],
  [
    'a word of 65 bits',
    /actions\[1\].after is no 64-bit number/,
    (p) => (p.actions[1]!.after = '18446744073709551616'),
  ],
  ['a negative word', /actions\[0\].before is no 64-bit number/, (p) => (p.actions[0]!.before = '-1')],
  [
    'a negative participant',
    /actions\[0\].participant is no whole number from 0 to 64/,
    (p) => (p.actions[0]!.participant = -1),
  ],
  [
    'a participant of 33 bits',
    /actions\[0\].participant is no whole number/,
    (p) => (p.actions[0]!.participant = 2 ** 32 + 2),
  ],
  ['half a slot', /actions\[0\].slot is no whole number/, (p) => (p.actions[0]!.slot = 1.5)],
  ['a slot of 33 bits', /actions\[0\].slot is no whole number/, (p) => (p.actions[0]!.slot = 2 ** 32)],
  ['an action that is a list', /actions\[0\] is no object/, (p) => (p.actions[0] = [] as never)],
];

test.each(damages)('refused: %s', (_what, reason, damage) => {
  const damaged = JSON.parse(toJson(plan)) as Parameters<Damage>[0];
  damage(damaged);
  expect(() => parsePlans(JSON.stringify(damaged))).toThrow(reason);
});

test.each(['', 'hello', '[]', 'null', '5', '{}', '{"result":{}}', '{"result":{"plans":[5]}}'])(
  'refused: %j',
  (text) => {
    expect(thrownBy(() => parsePlans(text))).toMatchObject({ code: 'BAD_DATA', exitCode: 65 });
  },
);
