import { Pacer } from '../../../src/operations/pacer';

/** A pacer, and a clock that only the test moves. */
function paced(perSecond: number): { pacer: Pacer; wait: (ms: number) => void } {
  let now = 1000;
  return {
    pacer: new Pacer(perSecond, () => now),
    wait: (ms) => {
      now += ms;
    },
  };
}

test('the first message is due at once, the next ones at their distance', () => {
  const { pacer, wait } = paced(100);
  expect(pacer.take(5)).toBe(1);
  expect(pacer.take(5)).toBe(0);
  expect(pacer.untilNext()).toBeCloseTo(10);
  wait(10);
  expect(pacer.take(5)).toBe(1);
  wait(35);
  expect(pacer.take(5)).toBe(3);
  expect(pacer.untilNext()).toBeCloseTo(5);
});

test('no more than is wanted is taken', () => {
  const { pacer, wait } = paced(1000);
  pacer.take(1);
  wait(50);
  expect(pacer.take(10)).toBe(10);
  expect(pacer.take(100)).toBe(40);
});

test('the rate is kept over a long time', () => {
  const { pacer, wait } = paced(333);
  let taken = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    taken += pacer.take(1000);
    wait(1);
  }
  expect(taken).toBe(3330);
});

test('a hold-up is not made up for by a flood', () => {
  const { pacer, wait } = paced(1000);
  pacer.take(1);
  wait(60_000);
  expect(pacer.take(1_000_000)).toBe(101);
  wait(1000);
  expect(pacer.take(1_000_000)).toBeLessThanOrEqual(101);
});

test('a rate below one per second', () => {
  const { pacer, wait } = paced(0.5);
  expect(pacer.take(1)).toBe(1);
  wait(1999);
  expect(pacer.take(1)).toBe(0);
  wait(1);
  expect(pacer.take(1)).toBe(1);
});
