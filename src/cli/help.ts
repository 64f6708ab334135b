/** Help as people read it: examples first, what the exit codes mean last. */
import { CommandHelp, Help, type HelpSectionRenderer } from '@oclif/core';
import { exitCodeTable } from './exit-code-table';
import { writeOut } from './output';

type Sections = { generate: HelpSectionRenderer; header: string }[];

const exitCodes: HelpSectionRenderer = (_data, header) => [
  { header, body: exitCodeTable.map(({ codes, meaning }): [string, string] => [codes, meaning]) },
];

class ExamplesFirst extends CommandHelp {
  protected override sections(): Sections {
    const sections = super.sections();
    const examples = sections.filter(({ header }) => header === 'EXAMPLES');
    const others = sections.filter(({ header }) => header !== 'EXAMPLES');
    return [...examples, ...others, { header: 'EXIT CODES', generate: exitCodes }];
  }

  /** datablock-inspect is one command, and its help names no other. */
  protected override usage(): string {
    const usage = super.usage();
    return this.config.bin === 'datablock-inspect' ? usage.replace('<%= command.id %>', '').replace('  ', ' ') : usage;
  }
}

export class DataBlockHelp extends Help {
  protected override CommandHelpClass = ExamplesFirst;

  protected override log(...lines: string[]): void {
    writeOut(`${lines.join(' ')}\n`);
  }
}
