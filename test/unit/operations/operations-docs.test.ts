import * as fs from 'node:fs';
import * as path from 'node:path';
import { scenarios } from '../../../src/operations/rehearsal/rehearsal';

const page = fs.readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');

/** Name of each scenario in the page, and what was played. */
const shown = [...page.matchAll(/<!-- rehearse (\S+) -->\n([^]*?)<!-- end -->/g)].map(([, name, text]) => ({
  name,
  text,
}));

test('docs/operations.md shows every scenario (else: npm run docs:operations)', () => {
  expect(shown.map(({ name }) => name).sort()).toEqual(scenarios.map(({ name }) => name).sort());
});

test('each with what the tools said, and nothing that went wrong', () => {
  for (const { text } of shown) {
    expect(text).toMatch(/^\n```console\n[^]*\$ datablock-admin [^]*\n```\n\n$/);
    expect(text).not.toContain('[FAILED]');
    expect(text).not.toContain('.datablock-rehearsal-');
  }
});
