import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish, scribble } from '../support/blocks';
import { admin, run, runAdmin, runShell, type Run } from '../support/program';

const dir = blockDirectory();
const root = process.getuid!() === 0;

/** Every command that opens a block, with what else it needs. */
const commands: string[][] = [
  ['diagnose'],
  ['inspect'],
  ['validate'],
  ['history'],
  ['why'],
  ['snapshot', '-o', '/dev/null/x'],
  ['release-zombie-readers'],
  ['force-reset-slot', '--slot', '0'],
  ['force-reset-all'],
  ['auto-recover'],
  ['auto-recover', '--dry-run'],
];

function fails(words: readonly string[], name: string, exit: number, code: string): void {
  const result = runAdmin([...words, name], { dir });
  expect({ words, exit: result.exit, stdout: result.stdout }).toEqual({ words, exit, stdout: '' });
  expect(result.stderr).toMatch(new RegExp(`^Error: [^\\n]+\\nCode: DB\\d{4} ${code}\\nTry this: `));
}

test.each(commands)('no such block: %s', (...words) => {
  fails(words, 'nowhere', 66, 'NO_SUCH_BLOCK');
});

test('no such block: the name that was meant', () => {
  makeBlock('sensor', dir);
  const { stderr } = runAdmin(['diagnose', 'sensro'], { dir });
  expect(stderr).toContain('Try this: datablock-admin diagnose sensor   # did you mean sensor?\n');
});

test.each(['', '.hidden', 'a/b', '../etc/passwd', 'a b', 'ü', 'x'.repeat(201)])('a bad name: %j', (name) => {
  const { exit, stdout, stderr } = runAdmin(['diagnose', '--shm-name', name], { dir });
  expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
  expect(stderr).toMatch(/\nCode: DB0401 NAME_INVALID\n/);
  expect(runAdmin(['create', '--shm-name', name, '--slots=1', '--slot-size=1'], { dir }).exit).toBe(64);
});

describe('files that cannot be opened as blocks', () => {
  const size = 300_000;
  let random = Buffer.alloc(0);

  beforeAll(() => {
    random = Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8) * 104_729) & 0xff));
    fs.writeFileSync(path.join(dir, 'random'), random);
    fs.writeFileSync(path.join(dir, 'zeros'), Buffer.alloc(size));
    fs.writeFileSync(path.join(dir, 'empty'), '');
    fs.writeFileSync(path.join(dir, 'short'), 'DATABLOCK');
    fs.mkdirSync(path.join(dir, 'folder'));
    for (const name of ['cut', 'future', 'layout', 'header', 'sizes']) {
      makeBlock(name, dir);
      publish(name, dir, 1);
    }
    fs.truncateSync(path.join(dir, 'cut'), 8192);
    scribble('future', dir, 8, Buffer.from([0xe7, 3, 0, 0, 0xe7, 3, 0, 0]));
    scribble('layout', dir, 16, Buffer.alloc(8, 0x5a));
    scribble('header', dir, 200, Buffer.alloc(4, 0xff));
    scribble('sizes', dir, 100, Buffer.alloc(200, 0xff));
  });

  const cases: [string, number, string][] = [
    ['random', 65, 'NOT_A_BLOCK'],
    ['zeros', 65, 'NOT_A_BLOCK'],
    ['empty', 65, 'NOT_A_BLOCK'],
    ['short', 65, 'NOT_A_BLOCK'],
    ['folder', 65, 'NOT_A_BLOCK'],
    ['cut', 74, 'TRUNCATED'],
    ['future', 78, 'FUTURE_VERSION'],
    ['layout', 78, 'LAYOUT_MISMATCH'],
    ['header', 6, 'HEADER_CORRUPT'],
    ['sizes', 6, 'HEADER_CORRUPT'],
  ];

  test.each(cases)('%s: exit %d, %s, and nothing is damaged', (name, exit, code) => {
    const isFile = name !== 'folder';
    const before = isFile ? bytesOf(name, dir) : null;
    // One that observes, one that repairs.
    for (const words of [['diagnose'], ['force-reset-slot', '--slot', '0']]) fails(words, name, exit, code);
    if (before !== null) expect(bytesOf(name, dir).equals(before)).toBe(true);
  });

  test('create does not replace them', () => {
    expect(runAdmin(['create', 'random', '--slots=1', '--slot-size=1'], { dir }).exit).toBe(73);
    expect(bytesOf('random', dir).equals(random)).toBe(true);
  });
});

/** Runs the tool as a user who may do nothing here. */
function runAsNobody(...args: string[]): Run {
  const words = [process.execPath, admin, ...args];
  if (!root) return run(words[0]!, words.slice(1), { dir });
  return run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words], { dir });
}

test('no permission', () => {
  fs.chmodSync(dir, 0o755);
  makeBlock('secret', dir);
  if (!root) fs.chmodSync(path.join(dir, 'secret'), 0);
  const { exit, stdout, stderr } = runAsNobody('diagnose', 'secret');
  expect({ exit, stdout }).toEqual({ exit: 77, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^Error: .*\\nCode: DB0508 PERMISSION\\nTry this: ls -l ${dir}/secret `));
  expect(runAsNobody('auto-recover', '--all').stderr).toMatch(
    /^Warning: \d+ files? could not be opened: no permission\n$/,
  );
});

test('permission to read is enough to diagnose, not to repair', () => {
  makeBlock('public', dir, { mode: 0o644 });
  expect(runAsNobody('diagnose', 'public').exit).toBe(0);
  if (root) {
    const { exit, stderr } = runAsNobody('force-reset-slot', 'public', '--slot', '0');
    expect(exit).toBe(77);
    expect(stderr).toMatch(/\nCode: DB0508 PERMISSION\n/);
  }
});

test('no permission to create', () => {
  const closed = path.join(dir, 'closed');
  fs.mkdirSync(closed, { mode: 0o555 });
  const { exit, stderr } = runAsNobody('create', 'x', '--slots=1', '--slot-size=1', '--dir', closed);
  expect(exit).toBe(77);
  expect(stderr).toMatch(/\nCode: DB0508 PERMISSION\n/);
});

test('the file system is full: need and have, and nothing is left', () => {
  const small = path.join(dir, 'small');
  fs.mkdirSync(small);
  const unshare = root ? 'unshare --mount' : 'unshare --mount --map-root-user';
  const script = `mount -t tmpfs -o size=2m tmpfs "${small}" && cd / && "${process.execPath}" "${admin}" create big --slots 64 --slot-size 1MiB --dir "${small}"; status=$?; ls -A "${small}"; exit $status`;
  const { exit, stdout, stderr } = runShell(`${unshare} bash -c '${script}'`);
  expect({ exit, stdout }).toEqual({ exit: 73, stdout: '' });
  expect(stderr).toMatch(/^Error: .*\d.*\nCode: DB0405 NO_SPACE\n/);
  expect(stderr).toContain(`datablock-admin prune --dir ${small}`);
});

test('two names that disagree, and none', () => {
  const two = runAdmin(['diagnose', 'a', '--shm-name', 'b'], { dir });
  expect(two.exit).toBe(64);
  expect(two.stderr).toMatch(/two names are given, a and --shm-name b/);
  expect(runAdmin(['diagnose'], { dir }).stderr).toMatch(/the name of the block is missing/);
});
