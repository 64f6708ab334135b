import type { Evidence } from '../../../src/native';
import type { SeenParticipant } from '../../../src/operations/local-pids';
import { evidenceFacts, renderParticipant } from '../../../src/render/participant';
import { makeStyle } from '../../../src/render/style';
import { deadProducer, evidence, participant } from '../../support/reports';

const plain = makeStyle();

const cases: [string, Partial<SeenParticipant>, Partial<Evidence>, string[]][] = [
  ['alive', {}, {}, ['lock byte held', 'process is sleeping', 'last heartbeat 20ms ago']],
  [
    'stopped',
    { verdict: 'STOPPED' },
    { processState: 'T' },
    ['lock byte held', 'process is stopped', 'last heartbeat 20ms ago'],
  ],
  [
    'frozen',
    { verdict: 'STOPPED' },
    { frozen: true },
    ['lock byte held', 'process is sleeping', 'cgroup frozen', 'last heartbeat 20ms ago'],
  ],
  [
    'killed',
    { verdict: 'DEAD' },
    { lockHeld: false, processState: null, processName: null, heartbeatAgeNs: 45_000_000_000n },
    ['lock byte free', 'process gone', 'last heartbeat 45s ago'],
  ],
  [
    'zombie',
    { verdict: 'DEAD' },
    { lockHeld: false, processState: 'Z', heartbeatAgeNs: null },
    ['lock byte free', 'process is a zombie: dead, and not reaped by its parent yet'],
  ],
  [
    'pid used again',
    { verdict: 'DEAD', pid: 4711 },
    { lockHeld: false, sameStartTime: false, processName: 'sshd', heartbeatAgeNs: null },
    ['lock byte free', 'pid 4711 now belongs to sshd, started later'],
  ],
  [
    'lock held by a child of a fork',
    { verdict: 'UNKNOWN', reason: 'lock-held-process-gone' },
    { processState: null, processName: null, sameStartTime: null, heartbeatAgeNs: null },
    ['lock byte held', 'process gone'],
  ],
  [
    'hidden by hidepid',
    {},
    { processState: null, processName: null, sameStartTime: null, heartbeatAgeNs: null },
    ['lock byte held', 'process hidden from this user'],
  ],
  [
    'other boot, clock set back',
    { verdict: 'UNKNOWN', reason: 'other-boot' },
    { sameBoot: false, heartbeatAgeNs: -5_000_000_000n },
    [
      'lock byte held',
      'joined before the last boot',
      'process is sleeping',
      'last heartbeat UNKNOWN (clock): 5s in the future',
    ],
  ],
  [
    'other namespace',
    {},
    { samePidNamespace: false, processState: null, heartbeatAgeNs: null },
    ['lock byte held'],
  ],
  [
    'no /proc',
    {},
    { samePidNamespace: null, sameStartTime: null, processState: null, heartbeatAgeNs: null },
    ['lock byte held', '/proc cannot be asked'],
  ],
  [
    'nothing can be had',
    { verdict: 'UNKNOWN', reason: 'no-locks' },
    {
      lockHeld: null,
      samePidNamespace: null,
      sameStartTime: null,
      processState: null,
      heartbeatAgeNs: null,
      frozen: null,
    },
    ['lock byte cannot be asked', '/proc cannot be asked'],
  ],
];

test.each(cases)('%s', (_what, details, facts, words) => {
  expect(evidenceFacts(participant({ ...details, evidence: evidence(facts) }))).toEqual(words);
});

test('a dead producer', () => {
  expect(renderParticipant(deadProducer(), plain)).toBe(
    '  producer 2 (multi)  PID 12345 produce  12 written\n' +
      '      DEAD: lock byte free, process gone, last heartbeat 45s ago\n',
  );
});

test('a sync consumer that is behind, in another namespace', () => {
  const consumer = participant({
    id: 3,
    role: 'consumer',
    mode: 'sync',
    pid: 1,
    pidNamespace: 42n,
    name: 'consume',
    note: 'archive',
    hold: 10n,
    lag: 4n,
    messages: 10n,
    lost: 2n,
    verdict: 'UNKNOWN',
    reason: 'permission',
    evidence: evidence({ lockHeld: null, samePidNamespace: false, processState: null, heartbeatAgeNs: null }),
  });
  expect(renderParticipant(consumer, plain)).toBe(
    '  consumer 3 (sync)  PID 1 of PID namespace 42 consume  "archive"  10 read, 4 behind, 2 lost\n' +
      '      UNKNOWN (permission): lock byte cannot be asked\n',
  );
});

test('a process of another namespace, by the pid that it has here', () => {
  const foreign = {
    ...participant({ pid: 1, evidence: evidence({ samePidNamespace: false }) }),
    localPid: 77,
  };
  expect(renderParticipant(foreign, plain)).toMatch(/PID 1 of PID namespace 4026531836 \(PID 77 here\) /);
});

describe('who is cleaning up', () => {
  const cleaner = {
    pid: 9,
    startTime: 1n,
    pidNamespace: 1n,
    since: 1_795_168_530_000_000_000n,
    verdict: 'STOPPED' as const,
  };

  test('holds the lock byte meanwhile', () => {
    const dead = deadProducer({ cleaner, evidence: evidence({ processState: null }) });
    expect(renderParticipant(dead, plain)).toMatch(
      /DEAD: lock byte held by who cleans up, process gone.*\n {6}being cleaned up after by PID 9, since 2026-11-20 09:55:30 UTC, which is STOPPED\n$/,
    );
  });

  test('died itself', () => {
    expect(renderParticipant(deadProducer({ cleaner }), plain)).toMatch(
      /PID 9 began to clean up, and died: anyone may finish it\n$/,
    );
  });
});
