import { planSchema, type PlannedAction } from '../../../src/operations/recovery-plan';
import { renderFailure, renderPlan, renderRecovery } from '../../../src/render/recovery';
import { makeStyle } from '../../../src/render/style';
import { action, instance } from '../../support/reports';

const plain = makeStyle();

const actions: PlannedAction[] = [
  { ...action(), pid: 12345, role: 'producer' },
  { ...action({ kind: 'give-back-slot', slot: 2, loses: 0 }), pid: 12345, role: 'producer' },
  { ...action({ kind: 'release-quarantine', slot: 3, loses: 0 }), pid: 12345, role: 'producer' },
  { ...action({ kind: 'release-hold', slot: null, seq: 9n, loses: 0 }), pid: 77, role: 'consumer' },
  { ...action({ kind: 'release-pin', slot: 0, seq: null, loses: 0 }), pid: 78, role: 'consumer' },
  { ...action({ kind: 'free-participant', slot: null, seq: null, loses: 0 }), pid: 12345, role: 'producer' },
];

test('a dry run', () => {
  expect(renderPlan({ schema: planSchema, block: 'sensor', instance, actions }, plain))
    .toBe(`sensor: dry run, nothing was changed
Would release zombie writer on slot 1 (PID 12345)
    message 13 was never finished: consumers will skip it
Would release zombie writer on slot 2 (PID 12345)
    it had not touched the slot yet: nothing is lost
Would release zombie writer on slot 3 (PID 12345)
Would release zombie reader at message 9 (PID 77)
Would release zombie reader on slot 0 (PID 78)
Would free entry 2 of dead producer (PID 12345)
`);
});

test('nothing to do', () => {
  expect(renderPlan({ schema: planSchema, block: 'sensor', instance, actions: [] }, plain)).toBe(
    'sensor: nothing to recover\n',
  );
  expect(renderRecovery({ block: 'sensor', instance, actions: [] }, plain)).toBe(
    'sensor: nothing to recover\n',
  );
});

test('what was done, what was not, and why', () => {
  const taken = actions.map((planned, i) => ({
    ...planned,
    applied: i < 4,
    code: ['', '', '', '', 'CHANGED', 'NOTHING_TO_DO'][i]!,
  }));
  expect(renderRecovery({ block: 'sensor', instance, actions: taken }, plain)).toBe(`sensor: 4 done, 2 not
[OK] Released zombie writer on slot 1 (PID 12345)
    message 13 was never finished: consumers will skip it
[OK] Released zombie writer on slot 2 (PID 12345)
    it had not touched the slot yet: nothing is lost
[OK] Released zombie writer on slot 3 (PID 12345)
[OK] Released zombie reader at message 9 (PID 77)
[REFUSED] Did not release zombie reader on slot 0 (PID 78): CHANGED
[INFO] Nothing left to free: entry 2 of dead producer (PID 12345)
`);
});

test('a block that could not be looked at', () => {
  const error = {
    code: 'TRUNCATED',
    number: 503,
    exitCode: 74,
    message: 'The file is shorter than its block.',
  };
  expect(renderFailure({ block: 'camera', error }, plain)).toBe(
    '[ERROR] camera: The file is shorter than its block. (DB0503 TRUNCATED)\n',
  );
});
