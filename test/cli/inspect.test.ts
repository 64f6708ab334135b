import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish } from '../support/blocks';
import { Participant } from '../support/participants';
import { inspectProgram, run, runAdmin } from '../support/program';

const dir = blockDirectory();
const name = 'datablock_sensor_12345';

beforeAll(() => {
  makeBlock(name, dir, { zones: [{ name: 'calibration', size: 4096 }] });
  publish(name, dir, 3);
});

test('--json: everything, numbers of 64 bits as text', () => {
  const { stdout } = runAdmin(['inspect', '--shm-name', name, '--json'], { dir });
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'datablock.inspect.v1',
    target: name,
    result: {
      info: { name, slots: 4 },
      snapshot: { claim: '3', participants: [] },
      metrics: { total_slots_written: '3', total_bytes_written: '24' },
      slots: [{ phase: 'COMMITTED', seq: '0' }, {}, {}, { phase: 'FREE', seq: null }],
    },
  });
});

test('datablock-inspect NAME is datablock-admin inspect NAME', async () => {
  await Participant.start('follow', name, dir);
  const before = bytesOf(name, dir);
  const { exit, stdout, stderr } = run(process.execPath, [inspectProgram, name], { dir });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^${name}: 4 slots of 64 B, many producers, `));
  expect(stdout).toContain('\nConfiguration\n');
  expect(stdout).toMatch(/total_slots_written +3\n/);
  expect(stdout).toMatch(/Participants: 1 of 64\n {2}consumer \d+ \(sync\)/);
  expect(stdout).toMatch(/Slots: .*3 COMMITTED.*; next message 3\n/);
  expect(stdout).toMatch(/\nZones\nNAME +OFFSET +SIZE\ncalibration +\d+ +4 KiB\n$/);
  expect(bytesOf(name, dir).equals(before)).toBe(true);
});

test('the help of datablock-inspect is about datablock-inspect', () => {
  const { exit, stdout } = run(process.execPath, [inspectProgram, '--help']);
  expect(exit).toBe(0);
  expect(stdout).toContain('$ datablock-inspect NAME [FLAGS]\n');
});

test('without a name', () => {
  const { exit, stderr } = run(process.execPath, [inspectProgram]);
  expect(exit).toBe(64);
  expect(stderr).toMatch(/the name of the block is missing/);
});
