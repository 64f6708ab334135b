/** Files that are no block, not any more, or not yet: every command says what is the matter, and changes no byte. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, scribble } from '../support/blocks';
import { killChildrenAfterEach, start } from '../support/child';
import { leaveTraces } from '../support/participants';
import { admin } from '../support/program';
import { Random } from '../support/random';
import { twice } from '../support/twice';
import { unshare } from '../support/unshare';

const dir = blockDirectory();
killChildrenAfterEach();

/** Offsets in the header (native/core/layout.hpp); the size of the file is followed by the number of slots. */
const Offset = { layoutVersion: 8, minReaderVersion: 12, fingerprint: 16, totalSize: 120 };
const HEADER = 4096;
const NEWER = 1000;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const damages: Readonly<Record<string, { damage: (name: string) => void; exit: number; code: string }>> = {
  'random bytes': {
    damage: (name) => {
      scribble(name, dir, 0, new Random(1).bytes(HEADER));
    },
    exit: 65,
    code: 'DB0502 NOT_A_BLOCK',
  },
  'all zero': {
    damage: (name) => {
      scribble(name, dir, 0, Buffer.alloc(HEADER));
    },
    exit: 65,
    code: 'DB0502 NOT_A_BLOCK',
  },
  'a future version': {
    damage: (name) => {
      scribble(name, dir, Offset.layoutVersion, u32(NEWER));
      scribble(name, dir, Offset.minReaderVersion, u32(NEWER));
    },
    exit: 78,
    code: 'DB0504 FUTURE_VERSION',
  },
  'another layout': {
    damage: (name) => {
      scribble(name, dir, Offset.fingerprint, new Random(2).bytes(8));
    },
    exit: 78,
    code: 'DB0505 LAYOUT_MISMATCH',
  },
  // With a digest that fits: native/header_check_test, field by field.
  'overflowing sizes': {
    damage: (name) => {
      scribble(name, dir, Offset.totalSize, Buffer.alloc(16, 0xff));
    },
    exit: 6,
    code: 'DB0506 HEADER_CORRUPT',
  },
  'a tail that is cut off': {
    damage: (name) => {
      fs.truncateSync(path.join(dir, name), 70_000);
    },
    exit: 74,
    code: 'DB0503 TRUNCATED',
  },
  'cut within the header': {
    damage: (name) => {
      fs.truncateSync(path.join(dir, name), 100);
    },
    exit: 74,
    code: 'DB0503 TRUNCATED',
  },
  nothing: {
    damage: (name) => {
      fs.truncateSync(path.join(dir, name), 0);
    },
    exit: 65,
    code: 'DB0502 NOT_A_BLOCK',
  },
};

const commands = ['diagnose', 'why', 'validate', 'auto-recover', 'force-reset-all', 'produce', 'consume'];

test.each(Object.keys(damages))('a header of %s', async (what) => {
  const { damage, exit, code } = damages[what]!;
  const name = what.replaceAll(' ', '-');
  makeBlock(name, dir);
  await leaveTraces('write', name, dir);
  damage(name);
  const before = bytesOf(name, dir);
  const all = await Promise.all(commands.map((command) => twice([command, name], dir)));
  all.forEach((both, i) => {
    for (const one of both) {
      expect({ command: commands[i], exit: one.exit, stdout: one.stdout }).toEqual({
        command: commands[i],
        exit,
        stdout: '',
      });
      expect(one.stderr).toMatch(new RegExp(`^Error: .*\\nCode: ${code}\\nTry this: `));
    }
  });
  expect(bytesOf(name, dir).equals(before)).toBe(true);
});

test('no room: two creations at once leave nothing half-made, and say what is missing', async () => {
  const small = path.join(dir, 'small');
  fs.mkdirSync(small);
  const create = `"${process.execPath}" "${admin}" create`;
  const size = '--slots 1024 --slot-size 1KiB';
  const script = `mount -t tmpfs -o size=2m tmpfs "${small}" || exit 9
    export DATABLOCK_DIR="${small}"
    ${create} first ${size} & one=$!; ${create} second ${size} & two=$!
    wait $one; a=$?; wait $two; b=$?
    echo "exits $a $b"; ls -A "${small}"`;
  const [program, ...words] = [...unshare('--mount'), 'sh', '-c', script];
  const { stdout, stderr } = await start(program, words, { dir }).ended;
  const text = stdout.toString();
  const [, a, b] = /^exits (\d+) (\d+)$/m.exec(text) ?? [];
  // One of them fits, and takes the room from the other; both may fail when they fill it together.
  expect([a, b].every((exit) => exit === '0' || exit === '73')).toBe(true);
  expect([a, b]).toContain('73');
  expect(stderr).toMatch(/It needs 1\.\d MiB, .* has .*\nCode: DB0405 NO_SPACE\n/);
  const left = text.slice(text.indexOf('exits')).trim().split('\n').slice(1);
  expect(left).toEqual([...(a === '0' ? ['first'] : []), ...(b === '0' ? ['second'] : [])]);
});
