import type { Evidence } from '../../../src/native';
import { evidenceFacts, renderParticipant } from '../../../src/render/participant';
import { makeStyle } from '../../../src/render/style';
import { deadProducer, evidence, participant } from '../../support/reports';

const plain = makeStyle();

const cases: [string, Partial<Evidence>, string[]][] = [
  ['alive', {}, ['lock byte held', 'process is sleeping', 'last heartbeat 20ms ago']],
  ['stopped', { processState: 'T' }, ['lock byte held', 'process is stopped', 'last heartbeat 20ms ago']],
  [
    'frozen',
    { frozen: true },
    ['lock byte held', 'process is sleeping', 'cgroup frozen', 'last heartbeat 20ms ago'],
  ],
  [
    'killed',
    { lockHeld: false, processState: null, processName: null, heartbeatAgeNs: 45_000_000_000n },
    ['lock byte free', 'process gone', 'last heartbeat 45s ago'],
  ],
  [
    'zombie',
    { lockHeld: false, processState: 'Z', heartbeatAgeNs: null },
    ['lock byte free', 'process is a zombie, not reaped by its parent yet'],
  ],
  [
    'pid used again',
    { lockHeld: false, sameStartTime: false, processName: 'sshd', heartbeatAgeNs: null },
    ['lock byte free', 'PID now belongs to sshd, started later'],
  ],
  [
    'other boot, clock set back',
    { sameBoot: false, heartbeatAgeNs: -5n },
    [
      'lock byte held',
      'joined before the last boot',
      'process is sleeping',
      'last heartbeat lies in the future',
    ],
  ],
  [
    'other namespace',
    { samePidNamespace: false, processState: null, heartbeatAgeNs: null },
    ['lock byte held'],
  ],
  [
    'nothing can be had',
    {
      lockHeld: null,
      samePidNamespace: null,
      sameStartTime: null,
      processState: null,
      heartbeatAgeNs: null,
      frozen: null,
    },
    ['lock byte cannot be asked'],
  ],
];

test.each(cases)('%s', (_what, details, facts) => {
  expect(evidenceFacts(evidence(details))).toEqual(facts);
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

test('who is cleaning up', () => {
  const cleaner = { pid: 9, startTime: 1n, pidNamespace: 1n, since: 1n, verdict: 'STOPPED' as const };
  expect(renderParticipant(deadProducer({ cleaner }), plain)).toMatch(
    /being cleaned up after by PID 9, which is STOPPED\n$/,
  );
});
