import type { Phase, SlotReport } from '../../../src/native';
import type { SeenParticipant } from '../../../src/operations/local-pids';
import type { Look } from '../../../src/operations/why/look';
import { calmSentence, sentenceOf } from '../../../src/operations/why/sentence';
import { lostSentence, remediesFor } from '../../../src/operations/why/remedy';
import { waitChain } from '../../../src/operations/why/waits';
import {
  action,
  beingCleaned,
  deadProducer,
  participant,
  segment,
  slot,
  snapshot,
} from '../../support/reports';

/** A ring of 4 slots. */
function look(details: Partial<Look> & { slots?: SlotReport[] } = {}): Look {
  const { slots = [], ...others } = details;
  return {
    info: segment(),
    claim: 14n,
    participants: [],
    notable: slots.filter(({ verdict }) => verdict !== 'healthy'),
    summary: snapshot().summary,
    spinlocks: [],
    plan: [],
    findings: [],
    slotOf: (seq) => slots.find((report) => BigInt(report.slot) === seq % 4n) ?? settled(seq),
    ...others,
  };
}

function settled(seq: bigint): SlotReport {
  return slot({ slot: Number(seq % 4n), seq, lap: seq / 4n + 1n });
}

function owned(seq: bigint, owner: number, details: Partial<SlotReport> = {}): SlotReport {
  const phase: Phase = 'WRITING';
  const heldForNs = 45_000_000_000n;
  return slot({
    slot: Number(seq % 4n),
    seq,
    lap: seq / 4n + 1n,
    phase,
    owner,
    verdict: 'busy',
    heldForNs,
    ...details,
  });
}

function consumer(id: number, hold: bigint, details: Partial<SeenParticipant> = {}): SeenParticipant {
  return participant({
    id,
    role: 'consumer',
    mode: 'sync',
    name: 'archive',
    hold,
    lag: 14n - hold,
    ...details,
  });
}

const writer = participant({ id: 1, pid: 17, name: 'capture' });

test('nobody waits', () => {
  expect(waitChain(look({ participants: [writer, consumer(3, 14n)] }))).toEqual([]);
  expect(calmSentence(look({ participants: [writer, consumer(3, 14n)] }), 0n)).toMatch(/^It is idle: /);
  expect(calmSentence(look(), 0n)).toMatch(/^Nobody is attached: 14 messages/);
  expect(calmSentence(look({ participants: [writer] }), 5n)).toMatch(/^Messages flow: 5 /);
  expect(calmSentence(look({ participants: [writer, consumer(3, 12n)] }), 0n)).toMatch(
    /^Nobody waits: consumer 3 .* has messages to read/,
  );
});

test('a producer waits for the consumer that is furthest behind', () => {
  const stopped = consumer(3, 10n, { verdict: 'STOPPED' });
  const chain = waitChain(look({ participants: [writer, consumer(2, 12n), stopped] }));
  expect(sentenceOf(chain)).toBe(
    'Producer 1 (PID 17, capture) waits for consumer 3 (PID 12345, archive), which is STOPPED and has not finished message 10; last heard of 20ms ago.',
  );
  expect(waitChain(look({ participants: [writer, consumer(3, 11n)] }))).toEqual([]);
});

test('without a producer the next one will wait', () => {
  expect(sentenceOf(waitChain(look({ participants: [consumer(3, 10n)] })))).toMatch(
    /^The next producer will wait for consumer 3 /,
  );
});

test('the chain goes on: a producer, a consumer, a dead writer', () => {
  const dead = deadProducer({ id: 2 });
  const chain = waitChain(
    look({ participants: [writer, consumer(3, 10n), dead], slots: [owned(10n, 2, { verdict: 'stuck' })] }),
  );
  expect(sentenceOf(chain)).toBe(
    'Producer 1 (PID 17, capture) waits for consumer 3 (PID 12345, archive), which waits for producer 2 (PID 12345, produce), which is DEAD and has had slot 2 for 45s, with message 10 unfinished.',
  );
});

test('the chain ends with whoever cannot act: a stopped consumer is not asked what it waits for', () => {
  const stopped = consumer(3, 10n, { verdict: 'STOPPED' });
  const chain = waitChain(look({ participants: [writer, stopped], slots: [owned(10n, 2)] }));
  expect(chain).toHaveLength(1);
});

test('a producer waits for one that is a lap behind', () => {
  const other = participant({ id: 2, verdict: 'STOPPED' });
  const chain = waitChain(look({ participants: [writer, other], slots: [owned(10n, 2)] }));
  expect(sentenceOf(chain)).toMatch(
    /^Producer 1 .* waits for producer 2 .*is STOPPED and has had slot 2 for 45s/,
  );
});

test('a slot that is taken for the next number stops nobody', () => {
  const other = participant({ id: 2 });
  expect(waitChain(look({ participants: [writer, other], slots: [owned(14n, 2)] }))).toEqual([]);
});

test('consumers wait for a message that is being written', () => {
  const dead = deadProducer({ id: 2 });
  const chain = waitChain(
    look({ participants: [consumer(3, 13n), consumer(4, 13n), dead], slots: [owned(13n, 2)] }),
  );
  expect(sentenceOf(chain)).toMatch(
    /^Consumer 3 .* and consumer 4 .* wait for producer 2 .*is DEAD and has had slot 1 for 45s, with message 13 unfinished\.$/,
  );
});

test('the only slot is looked at by a reader', () => {
  const reader = participant({ id: 5, role: 'consumer', mode: 'sequential', verdict: 'STOPPED' });
  const only = owned(14n, 1, { slot: 0, lap: 15n, phase: 'DRAINING', heldBy: [5] });
  const chain = waitChain(
    look({
      info: segment({ slots: 1 }),
      participants: [writer, reader],
      slotOf: () => only,
    }),
  );
  expect(sentenceOf(chain)).toMatch(
    /^Producer 1 .* waits for consumer 5 .*is STOPPED and looks at slot 0, the only one/,
  );
});

test('every slot is quarantined', () => {
  const { summary } = snapshot();
  summary.byPhase.QUARANTINED = 4;
  const fenced = participant({ id: 2 });
  const slots = [10n, 11n, 12n, 13n].map((seq) =>
    owned(seq, 2, { phase: 'QUARANTINED', verdict: 'quarantined' }),
  );
  const [link] = waitChain(look({ participants: [writer, fenced], summary, slots }));
  expect(link?.obstacle).toMatchObject({ kind: 'quarantine', by: [{ id: 2 }] });
});

test('clocks that differ, a cleaner, an owner without an entry', () => {
  const dead = beingCleaned('STOPPED');
  const unknown = owned(13n, 2, { heldForNs: -1n });
  const chain = waitChain(look({ participants: [consumer(3, 13n), dead], slots: [unknown] }));
  expect(sentenceOf(chain)).toMatch(
    /which is DEAD \(PID 9 cleans up after it, and is STOPPED\) and has had slot 1 \(for how long cannot be told: the clocks differ\)/,
  );
  const orphan = waitChain(look({ participants: [consumer(3, 13n)], slots: [owned(13n, 7)] }));
  expect(sentenceOf(orphan)).toMatch(/waits for the owner of slot 1, whose entry is gone\.$/);
});

describe('what to do', () => {
  const commands = (of: Look): (string | null)[] => {
    const [link] = waitChain(of).slice(-1);
    return remediesFor(link!.obstacle, of, undefined).map(({ command }) => command);
  };

  test.each<[string, Look, (string | null)[]]>([
    [
      'a dead one',
      look({ participants: [consumer(3, 10n, { verdict: 'DEAD' })] }),
      ['datablock-admin auto-recover sensor'],
    ],
    [
      'a stopped consumer',
      look({
        participants: [
          consumer(3, 10n, { verdict: 'STOPPED', evidence: { ...writer.evidence, processState: 'T' } }),
        ],
      }),
      ['kill -CONT 12345', 'datablock-admin evict-consumer sensor 3 --confirm sensor'],
    ],
    [
      'a slow consumer',
      look({ participants: [consumer(3, 10n)] }),
      [null, 'datablock-admin evict-consumer sensor 3 --confirm sensor'],
    ],
    [
      'a slow writer of many',
      look({ participants: [participant(), consumer(3, 13n)], slots: [owned(13n, 2)] }),
      [null, 'datablock-admin force-reset-slot sensor --slot 1 --force'],
    ],
    [
      'the slow only writer',
      look({
        info: segment({ producers: 'single' }),
        participants: [participant(), consumer(3, 13n)],
        slots: [owned(13n, 2)],
      }),
      [null, 'datablock-admin force-reset-slot sensor --slot 1 --kill --confirm sensor'],
    ],
    [
      'one of whom nobody knows whether it lives',
      look({ participants: [consumer(3, 10n, { verdict: 'UNKNOWN', reason: 'no-locks' })] }),
      ['fuser -v /dev/shm/sensor'],
    ],
  ])('%s', (_who, of, expected) => {
    expect(commands(of)).toEqual(expected);
  });

  test('what is lost', () => {
    expect(lostSentence([])).toBe('Nothing is lost.');
    expect(lostSentence([action({ loses: 0 })])).toBe('Nothing is lost.');
    expect(lostSentence([action()])).toMatch(/message 13 was never finished/);
    expect(lostSentence([action(), action({ seq: 14n })])).toMatch(/2 messages were never finished/);
  });
});
