import * as fs from 'node:fs';
import * as path from 'node:path';
import { commandTable, spokenName } from '../../src/cli/command-table';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { leaveTraces } from '../support/participants';
import { admin, runAdmin, runShell } from '../support/program';

const dir = blockDirectory();
const program = `${process.execPath} ${admin}`;
const escape = '\u001b';

beforeAll(async () => {
  makeBlock('foo', dir, { slots: 64 });
  await leaveTraces('write', 'foo', dir);
});

describe('help', () => {
  test('no command: the list of commands, exit 0', () => {
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      const { exit, stdout, stderr } = runAdmin(args);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
      for (const command of Object.keys(commandTable))
        expect(stdout).toMatch(new RegExp(`^ {2}${spokenName(command)} `, 'm'));
    }
  });

  test.each(Object.keys(commandTable))('%s --help: examples first, exit codes last', (command) => {
    const { exit, stdout, stderr } = runAdmin([...spokenName(command).split(' '), '--help']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const headings = stdout.match(/^[A-Z][A-Z ]+$/gm)!;
    expect(headings[0]).toBe('EXAMPLES');
    expect(headings.at(-1)).toBe('EXIT CODES');
    expect(stdout).toMatch(/^ {2}6 +corruption, or a verification failed$/m);
    expect(stdout).toContain('--json');
  });

  test('help COMMAND, and an alias', () => {
    expect(runAdmin(['help', 'diagnose']).stdout).toBe(runAdmin(['diagnose', '--help']).stdout);
    expect(runAdmin(['force-reset', '--help']).stdout).toContain(
      '$ datablock-admin force-reset NAME --slot K [FLAGS]',
    );
    expect(runAdmin(['help', 'nonsense']).exit).toBe(64);
  });

  test('commands of two words: the first one alone lists them', () => {
    for (const args of [['zone'], ['zone', '--help'], ['help', 'zone']]) {
      const { exit, stdout, stderr } = runAdmin(args);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
      expect(stdout).toMatch(/^ {2}zone get .*\n {2}zone list .*\n {2}zone put /m);
    }
    const { stdout } = runAdmin(['zone', 'get', '--help']);
    expect(stdout).toContain('$ datablock-admin zone get NAME ZONE [FLAGS]');
    expect(runAdmin(['help', 'zone', 'get']).stdout).toBe(stdout);
  });
});

test('--version', () => {
  const { exit, stdout } = runAdmin(['--version']);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^datablock-admin \d+\.\d+\.\d+ linux-\S+ node-v\d+/);
});

describe('wrong usage: exit 64, and what was meant', () => {
  test.each([
    [['diagnos', 'foo'], /there is no command diagnos \(did you mean diagnose\?\)/],
    [['xyzzy'], /there is no command xyzzy\n/],
    [['zone', 'pt'], /there is no command zone pt \(did you mean zone put\?\)/],
    [['--nonsense'], /there is no command --nonsense/],
    [['diagnose', 'foo', '--jsn'], /there is no flag --jsn \(did you mean --json\?\)/],
    [
      ['diagnose', 'foo', '--stuck-aftr=5s'],
      /there is no flag --stuck-aftr \(did you mean --stuck-after\?\)/,
    ],
    [['diagnose', 'foo', 'bar'], /Unexpected argument: bar/],
    [['diagnose', 'foo', '--slot'], /--slot expects a value/],
    [['diagnose', 'foo', '--slot', 'one'], /--slot/],
    [['diagnose', 'foo', '--color', 'pink'], /auto, always, never/],
  ])('%j', (args, reason) => {
    const { exit, stdout, stderr } = runAdmin(args, { dir });
    expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
    expect(stderr).toMatch(
      /^Error: The command line is not right: [^\n]+\nCode: DB0701 USAGE\nTry this: datablock-admin \S+ --help\n$/,
    );
    expect(stderr).toMatch(reason);
  });

  test('with --json the complaint is a document', () => {
    for (const args of [
      ['diagnos', '--json'],
      ['diagnose', '--jsn', '--json'],
      ['diagnose', '--json'],
    ]) {
      const { exit, stdout, stderr } = runAdmin(args, { dir });
      expect({ exit, stderr }).toEqual({ exit: 64, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({
        status: 'error',
        exit: 64,
        result: null,
        error: { code: 'USAGE', number: 'DB0701' },
      });
    }
  });
});

describe('--json', () => {
  const cases: [string[], number][] = [
    [['diagnose', 'foo'], 2],
    [['inspect', 'foo'], 0],
    [['validate', 'foo'], 2],
    [['why', 'foo'], 2],
    [['check', 'foo'], 1],
    [['release-zombie-writer', 'foo', '--dry-run'], 2],
    [['rehearse', '--list'], 0],
    [['history', 'foo'], 0],
    [['list'], 0],
    [['auto-recover', 'foo', '--dry-run'], 2],
    [['prune', '--dry-run'], 0],
    [['explain', '501'], 0],
    [['zone', 'list', 'foo'], 0],
  ];

  test.each(cases)('%j is one document on stdout, nothing on stderr', (args, exit) => {
    const result = runAdmin([...args, '--json'], { dir });
    expect({ exit: result.exit, stderr: result.stderr }).toEqual({ exit, stderr: '' });
    const document = JSON.parse(result.stdout) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual([
      'schema',
      'tool',
      'at',
      'target',
      'status',
      'exit',
      'result',
      'warnings',
    ]);
    const command = args[0] === 'zone' ? args.slice(0, 2).join('-') : args[0]!;
    expect(document).toMatchObject({ schema: `datablock.${command}.v1`, exit });
    expect(document.tool).toMatch(/^datablock-admin \d/);
    expect(Math.abs(Date.parse(document.at as string) - Date.now())).toBeLessThan(60_000);
  });

  test('an error is a document too', () => {
    const { exit, stdout, stderr } = runAdmin(['diagnose', 'nowhere', '--json'], { dir });
    expect({ exit, stderr }).toEqual({ exit: 66, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      target: 'nowhere',
      status: 'error',
      error: {
        code: 'NO_SUCH_BLOCK',
        number: 'DB0501',
        suggestions: ['datablock-admin list   # the names there are'],
      },
    });
  });
});

describe('colour', () => {
  test('none in a pipe; by --color and FORCE_COLOR; NO_COLOR wins over the latter', () => {
    const colored = (args: string[], env: NodeJS.ProcessEnv = {}): boolean =>
      runAdmin(['diagnose', 'foo', ...args], { dir, env }).stdout.includes(escape);
    expect(colored([])).toBe(false);
    expect(colored(['--color', 'always'])).toBe(true);
    expect(colored([], { FORCE_COLOR: '1' })).toBe(true);
    expect(colored([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(colored(['--color', 'never'], { FORCE_COLOR: '1' })).toBe(false);
    expect(colored(['--json', '--color', 'always'])).toBe(false);
  });

  test('at a terminal', () => {
    const atTerminal = (env: string): string =>
      runShell(`${env} script --quiet --return --command '${program} diagnose foo' /dev/null`, {
        dir,
        env: { TERM: 'xterm' },
      }).stdout;
    expect(atTerminal('')).toContain(`${escape}[31m`);
    expect(atTerminal('NO_COLOR=1')).not.toContain(escape);
  });
});

describe('where stdout leads', () => {
  test('a reader that goes away is no error', () => {
    const { stdout, stderr } = runShell(
      `set -o pipefail; for i in 1 2 3; do ${program} diagnose foo | head -1 >/dev/null; echo $?; done; ${program} diagnose foo >&- ; echo end`,
      { dir },
    );
    // diagnose ends with 2, or with 0 when head was gone before it wrote.
    expect(stdout).toMatch(/^([02]\n){3}end\n$/);
    expect(stderr).not.toMatch(/at .*\.js|EPIPE|Error: write/);
  });

  test('a reader that is gone already: exit 0, silent', () => {
    const { stdout, stderr } = runShell(`${program} diagnose foo | true; echo "\${PIPESTATUS[0]}"`, { dir });
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  test('a full disk is an error', () => {
    const { exit, stderr } = runShell(`${program} diagnose foo > /dev/full`, { dir });
    expect(exit).toBe(74);
    expect(stderr).toMatch(/^Error: .*standard output.*\nCode: DB0703 IO\n/);
  });

  test('a slow reader of much gets all of it', () => {
    makeBlock('big', dir, { slots: 20_000, slotSize: 1 });
    const { stdout } = runShell(`${program} diagnose big --all | (sleep 0.5; cat) | grep -c '^Slot '`, {
      dir,
    });
    expect(stdout).toBe('20000\n');
  });
});

test('a stack trace only with DEBUG', () => {
  const stack = /\n\s+at .*\.js:\d+/;
  expect(runAdmin(['diagnose', 'nowhere'], { dir }).stderr).not.toMatch(stack);
  expect(runAdmin(['diagnose', 'nowhere'], { dir, env: { DEBUG: '1' } }).stderr).toMatch(stack);
});

test('standard input is left alone', () => {
  const { exit, stderr } = runAdmin(['diagnose'], { dir, input: 'foo\n' });
  expect(exit).toBe(64);
  expect(stderr).toMatch(/the name of the block is missing/);
});

test('the programs start from any directory, by a link too', () => {
  const link = path.join(dir, 'da');
  fs.symlinkSync(admin, link);
  expect(runShell(`cd / && ${link} --version`).exit).toBe(0);
  fs.unlinkSync(link);
});
