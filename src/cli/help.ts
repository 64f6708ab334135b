/** Help as people read it: examples first, global flags after a command's own, what the exit codes mean last. */
import { CommandHelp, Help, type HelpSectionRenderer } from '@oclif/core';
import { spokenName } from './command-table';
import { exitCodeTable } from './exit-code-table';
import { writeOut } from './output';

type Sections = { generate: HelpSectionRenderer; header: string }[];
type FlagGroups = ReturnType<CommandHelp['groupFlags']>;

const exitCodes: HelpSectionRenderer = (_data, header) => [
  { header, body: exitCodeTable.map(({ codes, meaning }): [string, string] => [codes, meaning]) },
];

class DataBlockCommandHelp extends CommandHelp {
  public override groupFlags(flags: Parameters<CommandHelp['groupFlags']>[0]): FlagGroups {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const { GLOBAL = [], ...others } = flagGroups;
    return { mainFlags, flagGroups: { ...others, GLOBAL } };
  }

  protected override sections(): Sections {
    const sections = super.sections();
    const examples = sections.filter(({ header }) => header === 'EXAMPLES');
    const others = sections.filter(({ header }) => header !== 'EXAMPLES');
    return [...examples, ...others, { header: 'EXIT CODES', generate: exitCodes }];
  }

  /** The summary stands at the top already. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(description);
  }

  /** Of the flags only those that are needed; all are listed below. datablock-inspect is one command, and its help names no other. */
  protected override usage(): string {
    const { id, args, flags } = this.command;
    const words = Object.values(args).map((arg) => (arg.multiple === true ? `${arg.name}...` : arg.name));
    for (const flag of Object.values(flags).filter(({ required }) => required === true)) {
      words.push(`--${flag.name}`, ...(flag.type === 'option' ? [flag.helpValue ?? ''].flat() : []));
    }
    const program =
      this.config.bin === 'datablock-inspect' ? this.config.bin : `${this.config.bin} ${spokenName(id)}`;
    return ['$', program, ...words, '[FLAGS]'].join(' ');
  }
}

export class DataBlockHelp extends Help {
  protected override CommandHelpClass = DataBlockCommandHelp;

  protected override log(...lines: string[]): void {
    writeOut(`${lines.join(' ')}\n`);
  }
}
