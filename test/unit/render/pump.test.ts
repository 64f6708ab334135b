import type { ConsumeSummary } from '../../../src/operations/consume-run';
import { throughput } from '../../../src/operations/throughput';
import { renderConsumeSummary, renderProduceSummary, renderProgress } from '../../../src/render/pump';

const read: ConsumeSummary = {
  ...throughput(20_000, 1_280_000, 500),
  gaps: 0n,
  timeouts: 0,
  healed: 0n,
  damaged: 0,
  streams: 1,
  deadProducers: 0,
  verification: null,
};

test('what produce did', () => {
  expect(renderProduceSummary({ ...throughput(20_000, 1_280_000, 500), timeouts: 0, healed: 2n })).toBe(
    'Published 20,000 messages, 1.2 MiB in 0.5 s (40,000/s, 2.4 MiB/s); 0 time-outs, 2 healed\n',
  );
  expect(renderProduceSummary({ ...throughput(1, 3, 0), timeouts: 1, healed: 0n })).toBe(
    'Published 1 message, 3 B in 0 s (0/s, 0 B/s); 1 time-out, 0 healed\n',
  );
});

test('what consume did', () => {
  expect(renderConsumeSummary({ ...read, gaps: 1n })).toBe(
    'Read 20,000 messages, 1.2 MiB in 0.5 s (40,000/s, 2.4 MiB/s); 1 message lost, 0 time-outs, 0 healed\n',
  );
});

test('a verification that passed is said, with what it rests on', () => {
  const verification = {
    passed: true,
    contentChecked: 19_000n,
    order: 0n,
    gaps: 0n,
    content: 0n,
    first: null,
  };
  expect(renderConsumeSummary({ ...read, verification })).toContain(
    ', verified (order and gaps of all, content of 19,000 messages)',
  );
  expect(renderConsumeSummary({ ...read, verification: { ...verification, passed: false } })).not.toContain(
    'verified',
  );
});

test('how far it is', () => {
  expect(renderProgress(3000, 3072, 1500)).toBe('3,000 messages, 3 KiB, 2,000/s, 2 KiB/s');
});
