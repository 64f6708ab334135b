import { renderSpinlock } from '../../../src/render/spinlock';
import { makeStyle } from '../../../src/render/style';
import { markedSpinlock, participant, spinlock } from '../../support/reports';

const plain = makeStyle();

test('one that is held: by whom, in which thread, for how long', () => {
  expect(renderSpinlock(spinlock({ verdict: 'stuck' }), [participant()], plain)).toBe(
    'Spinlock 3: held by producer 2, PID 12345 (produce), thread 12346 (45s) ... STUCK\n',
  );
  const awaited = spinlock({ depth: 2, awaited: true, marked: true });
  expect(renderSpinlock(awaited, [participant()], plain)).toBe(
    'Spinlock 3: held by producer 2, PID 12345 (produce), thread 12346 (45s, 2 deep, somebody waits for it); an owner before it died with the lock ... HELD\n',
  );
});

test('one of somebody without an entry, or whose clock cannot be compared', () => {
  expect(renderSpinlock(spinlock({ heldForNs: -1n }), [], plain)).toBe(
    'Spinlock 3: held by participant 2, thread 12346 (for a time unknown: the clocks differ) ... HELD\n',
  );
});

test('one that is free, but in doubt; and an impossible one', () => {
  expect(renderSpinlock(markedSpinlock(), [], plain)).toBe(
    'Spinlock 3: free; an owner died or left with it, so its data may be half-updated ... MARKED\n',
  );
  expect(renderSpinlock(spinlock({ verdict: 'corrupt', word: 2n }), [], plain)).toBe(
    'Spinlock 3: impossible word 0x2 ... CORRUPT\n',
  );
});
