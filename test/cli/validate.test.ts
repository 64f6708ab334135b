import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish, scribble } from '../support/blocks';
import { leaveTraces } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function validate(...args: string[]): Run {
  return runAdmin(['validate', ...args], { dir });
}

test('a valid block, with its checksums', () => {
  makeBlock('valid', dir, { checksum: 'xxh3', checksumPolicy: 'enforced' });
  publish('valid', dir, 3);
  const before = bytesOf('valid', dir);
  const { exit, stdout, stderr } = validate('valid');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/\n4 slots checked, 3 checksums verified\n\[OK\] valid\n$/);
  expect(bytesOf('valid', dir).equals(before)).toBe(true);
});

test('a payload that was scribbled on: exit 6, unless checksums are left out', () => {
  makeBlock('torn', dir, { checksum: 'xxh3', checksumPolicy: 'enforced' });
  publish('torn', dir, 1, 64);
  const payload = bytesOf('torn', dir).lastIndexOf(Buffer.alloc(64, 1));
  scribble('torn', dir, payload + 5, Buffer.from([99]));
  const { exit, stdout } = validate('torn');
  expect(exit).toBe(6);
  expect(stdout).toMatch(/^\[CORRUPT\] checksum: /m);
  expect(stdout).toMatch(/1 violation\n$/);
  expect(validate('torn', '--no-checksums').exit).toBe(0);

  const { result } = JSON.parse(validate('torn', '--json').stdout) as { result: { violations: unknown[] } };
  expect(result.violations).toMatchObject([{ rule: 'checksum', slot: 0, repairable: false }]);
});

test('what a dead writer left is repairable: exit 2', async () => {
  makeBlock('left', dir);
  await leaveTraces('write', 'left', dir);
  const { exit, stdout } = validate('left');
  expect(exit).toBe(2);
  expect(stdout).toMatch(/^\[REPAIRABLE\] /m);
  expect(stdout).not.toContain('[CORRUPT]');
});
