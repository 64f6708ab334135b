import type { Metrics } from '../../../src/native';
import type { ListedBlock } from '../../../src/operations/listing';
import { renderError } from '../../../src/render/error';
import { renderExplanation } from '../../../src/render/explanation';
import { renderHistory } from '../../../src/render/history';
import { renderInspection } from '../../../src/render/inspection';
import { renderListing } from '../../../src/render/listing';
import { renderPrunable, renderPruning } from '../../../src/render/removal';
import { makeStyle } from '../../../src/render/style';
import { renderValidation } from '../../../src/render/validation';
import { participant, segment, slot, snapshot } from '../../support/reports';

const plain = makeStyle();

const listed: ListedBlock = {
  name: 'sensor',
  state: 'in-use',
  stale: false,
  info: segment(),
  messages: 14n,
  producers: 1,
  consumers: 2,
  dead: 0,
  error: null,
};
const damaged: ListedBlock = {
  ...listed,
  name: 'camera',
  state: 'damaged',
  info: null,
  messages: null,
  error: { code: 'TRUNCATED', number: 503, exitCode: 74, message: 'The file is shorter than its block.' },
};

test('an error: one line each, whatever the message holds', () => {
  expect(
    renderError(
      { message: 'It is\n  broken.', number: 'DB0501', code: 'NO_SUCH_BLOCK', suggestions: ['a', 'b'] },
      plain,
    ),
  ).toBe('Error: It is broken.\nCode: DB0501 NO_SUCH_BLOCK\nTry this: a\n          b\n');
});

test('a listing', () => {
  expect(renderListing([listed, damaged], segment().createdAt + 192_000_000_000n, plain)).toBe(
    'NAME    STATE                       PRODUCERS  CONSUMERS  DEAD  MESSAGES  SLOTS      SIZE   AGE\n' +
      'sensor  in use                      1          2          0     14        4 x 256 B  3 MiB  3m 12s\n' +
      'camera  damaged (DB0503 TRUNCATED)\n',
  );
  expect(renderListing([], 0n, plain)).toBe('No blocks.\n');
});

test('pruning', () => {
  expect(renderPrunable([{ ...listed, state: 'idle' }], plain)).toBe('Would remove sensor (idle, 3 MiB)\n');
  const error = { code: 'IN_USE', number: 510, exitCode: 5, message: 'Somebody is attached to the block.' };
  expect(renderPruning({ removed: [listed], kept: [{ name: 'camera', error }] }, plain)).toBe(
    '[OK] Removed sensor\n[KEPT] camera: Somebody is attached to the block. (DB0510 IN_USE)\n1 block removed, 3 MiB freed\n',
  );
  expect(renderPruning({ removed: [], kept: [] }, plain)).toBe('No stale blocks.\n');
});

test('a validation', () => {
  const report = {
    info: segment(),
    slotsChecked: 4,
    checksumsUnverifiable: 0,
    checksumsVerified: 1,
    moving: 2,
  };
  expect(renderValidation({ ...report, violations: [] }, plain)).toBe(
    'sensor: 4 slots of 256 B, many producers, /dev/shm/sensor\n' +
      '4 slots checked, 1 checksum verified, 2 in use just then and not judged\n[OK] valid\n',
  );
  const violation = {
    rule: 'checksum',
    slot: 1,
    participant: null,
    detail: 'Slot 1 does not match.',
    repairable: false,
  };
  expect(
    renderValidation({ ...report, violations: [violation, { ...violation, repairable: true }] }, plain),
  ).toMatch(/\[CORRUPT\] checksum: Slot 1 does not match\.\n\[REPAIRABLE\] checksum: .*\n2 violations\n$/);
});

test('a history', () => {
  const entry = {
    ticket: 0n,
    at: 1_795_168_530_000_000_000n,
    pid: 9,
    uid: 0,
    action: 'reset-slot',
    evidence: 'lock-byte-free',
    participant: 2,
    slot: 1,
    spinlock: null,
    seq: 13n,
    before: 0x4021n,
    after: 0x4000n,
  };
  expect(renderHistory([entry], plain)).toBe(
    'TIME                     ACTION      PARTICIPANT  SLOT  MESSAGE  BY PID     EVIDENCE        WORD\n' +
      '2026-11-20 09:55:30 UTC  reset-slot  2            1     13       9 (uid 0)  lock-byte-free  0x4021 > 0x4000\n',
  );
  expect(renderHistory([], plain)).toBe('Nothing was ever repaired or forced here.\n');
});

test('an explanation', () => {
  const entry = {
    number: 501,
    name: 'NO_SUCH_BLOCK',
    exitCode: 66,
    sentence: 'There is no block of this name.',
    advice: ['Look.'],
  };
  expect(renderExplanation(entry, plain)).toBe(
    'DB0501 NO_SUCH_BLOCK\nThere is no block of this name.\nExit code: 66\nWhat to do\n  Look.\n',
  );
});

test('an inspection', () => {
  const metrics = {
    last_error_timestamp_ns: 0n,
    writer_blocked_total_ns: 5_000_000n,
    uptime_seconds: 192n,
  } as Metrics;
  const text = renderInspection(
    {
      info: segment({
        zones: [{ name: 'calibration', offset: 65_536, size: 4096 }],
        checksum: 'xxh3',
        checksumPolicy: 'enforced',
      }),
      snapshot: snapshot({ participants: [participant()] }),
      metrics,
      slots: [slot()],
    },
    plain,
  );
  expect(text).toContain('  checksum      xxh3, enforced\n');
  expect(text).toContain('  owner         uid 0, gid 0, mode 0600\n');
  expect(text).toContain('  last_error_timestamp_ns  never\n');
  expect(text).toContain('  writer_blocked_total_ns  5ms\n');
  expect(text).toContain('  uptime_seconds           3m 12s\n');
  expect(text).toContain('Participants: 1 of 64\n  producer 2 (multi)  PID 12345 produce  12 written\n');
  expect(text).toContain(
    'Slots: 4 COMMITTED; next message 14\nSlot 0: COMMITTED (message 0, 64 bytes) ... OK\n',
  );
  expect(text).toContain('NAME         OFFSET  SIZE\ncalibration  65536   4 KiB\n');
});
