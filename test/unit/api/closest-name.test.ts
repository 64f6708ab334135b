import { closestName } from '../../../src/api/closest-name';

const names = ['slots', 'slotSize', 'producers', 'checksum', 'checksumPolicy'];

test.each([
  ['slot', 'slots'],
  ['slotsize', 'slotSize'],
  ['slot_size', 'slotSize'],
  ['producer', 'producers'],
  ['cheksum', 'checksum'],
  ['checksum', 'checksum'],
])('%s is probably %s', (typed, meant) => {
  expect(closestName(typed, names)).toBe(meant);
});

test('something else is nothing of these', () => {
  expect(closestName('frobnicate', names)).toBeUndefined();
  expect(closestName('slots', [])).toBeUndefined();
});
