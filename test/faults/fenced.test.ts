/** A writer that was stopped and fenced off: the ring goes on, its late bytes reach nobody, and it is told. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach, start, startAdmin, until } from '../support/child';
import { stateOf } from '../support/cleaner-watch';
import { root, runAdmin, type Run } from '../support/program';
import { exitsOfTwo } from '../support/twice';

const dir = blockDirectory();
killChildrenAfterEach();

function tool(...args: string[]): Run {
  return runAdmin(args, { dir });
}

/** Acquires, and writes and commits when its standard input says so; prints what came of it. */
const writer = `
  const native = require(${JSON.stringify(path.join(root, 'dist', 'native.js'))}).native();
  const producer = native.openProducer('fenced', { dir: process.argv[1] });
  const slot = producer.acquire(1000);
  console.log('slot ' + slot);
  process.stdin.once('data', () => {
    new Uint8Array(producer.payload, slot * producer.info.stride, 4).set(Buffer.from('LATE'));
    console.log('commit ' + producer.commit(4, 0));
    console.log('again ' + (producer.acquire(1000) >= 0));
  });`;

test('two operators fence it off at once', async () => {
  makeBlock('fenced', dir);
  const reader = startAdmin(['consume', 'fenced', '--mode', 'sync', '--count', '6'], { dir });
  await until('it is attached', () => tool('diagnose', 'fenced').stdout.includes('consumer'));
  const late = start(process.execPath, ['-e', writer, dir], { dir, keepOpen: true });
  await until('it has a slot', () => late.stdout.includes('slot'));
  late.kill('SIGSTOP');
  await until('it is stopped', () => stateOf(late.process.pid!) === 'T');
  expect(tool('force-reset-slot', 'fenced', '--slot', '0').exit).toBe(5);

  const exits = await exitsOfTwo(['force-reset-slot', 'fenced', '--slot', '0', '--force'], dir);
  // One does it; the other finds it done, or sees it change under its hands.
  expect(exits.filter((exit) => exit === 1)).toHaveLength(1);
  expect([0, 5]).toContain(exits.find((exit) => exit !== 1));
  expect(tool('diagnose', 'fenced').stdout).toMatch(/^Slot 0: QUARANTINED .* QUARANTINED$/m);

  // The ring goes on without that slot: more messages than there are slots.
  const input = ['a', 'b', 'c', 'd', 'e', 'f', ''].join('\n');
  const others = startAdmin(['produce', 'fenced', '--no-end'], { dir, input });
  expect(await others.ended).toMatchObject({ exit: 0 });
  late.kill('SIGCONT');
  late.process.stdin!.write('go\n');
  await until('it was told', () => late.stdout.includes('again'));
  expect(late.stdout).toContain('commit -201\nagain true\n'); // FENCED, and the handle itself is fine
  const { exit, stdout } = await reader.ended;
  expect({ exit, stdout: stdout.toString() }).toEqual({ exit: 0, stdout: 'a\nb\nc\nd\ne\nf\n' });
  expect(fs.readFileSync(path.join(dir, 'fenced')).includes('LATE')).toBe(true);
  expect(tool('validate', 'fenced').exit).toBe(0);
});
