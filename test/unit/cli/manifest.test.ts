import * as fs from 'node:fs';
import * as path from 'node:path';
import { commandTable } from '../../../src/cli/command-table';
import { makeManifest, manifestText } from '../../../src/cli/manifest';

const root = path.join(__dirname, '..', '..', '..');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};

test('oclif.manifest.json is current (else: npm run manifest)', async () => {
  const committed = fs.readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8');
  expect(committed).toBe(manifestText(await makeManifest(version)));
});

test('every file of src/commands is in the table', () => {
  const files = fs
    .readdirSync(path.join(root, 'src', 'commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, '').replace(path.sep, ':'));
  expect(Object.keys(commandTable).sort()).toEqual(files.sort());
});

test('every command has a summary and an example, and every flag a summary', async () => {
  const { commands } = await makeManifest(version);
  for (const command of Object.values(commands)) {
    expect(command.summary).toMatch(/^[A-Z].*\.$/);
    expect(command.examples?.length).toBeGreaterThan(0);
    for (const flag of Object.values(command.flags)) expect(flag.summary).toMatch(/\.$/);
  }
});
