import { worstExit } from '../../../src/operations/exit-code';

test('nothing done is well done', () => {
  expect(worstExit([])).toBe(0);
});

test.each([
  [[0, 1], 1],
  [[1, 2], 2],
  [[2, 4], 4],
  [[4, 3], 3],
  [[3, 5], 5],
  [[5, 66], 66],
  [[2, 74, 0], 74],
  [[6, 74], 6],
  [[6, 5, 3], 6],
  [[70, 6], 70],
])('the worst of %j is %d', (exits, worst) => {
  expect(worstExit(exits)).toBe(worst);
  expect(worstExit([...exits].reverse())).toBe(worst);
});
