import { parseSize } from '../../../src/cli/size';

test.each([
  ['64', 64],
  ['64B', 64],
  ['64KiB', 65_536],
  ['64kib', 65_536],
  ['64 MiB', 67_108_864],
  ['1GB', 1_000_000_000],
  ['1.5KiB', 1_536],
  ['2TiB', 2_199_023_255_552],
  ['0', 0],
])('%j is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['64K', /may mean two sizes: write 64KiB \(1024\) or 64KB \(1000\)/],
  ['1g', /may mean two sizes/],
  ['64 potatoes', /"potatoes" is no unit of size/],
  ['-1', /is no size/],
  ['', /is no size/],
  ['KiB', /is no size/],
  ['1.5', /is no whole number of bytes/],
  ['0.0001KiB', /is no whole number of bytes/],
  ['9007199254740993', /is too large/],
  ['9999999TiB', /is too large/],
])('%j is refused', (text, reason) => {
  expect(() => parseSize(text)).toThrow(reason);
});
