/** What every command has in common: global flags, one way to print a result, one way to fail. */
import { Command, Flags, type Interfaces } from '@oclif/core';
import type { Location } from '../native';
import { beforeMapping } from '../operations/opening';
import { makeStyle, type Style } from '../render/style';
import { spokenName } from './command-table';
import { colorChoices, colorLevel, type ColorChoice } from './color';
import { resultEnvelope, toJson, toJsonLine, type Speaker } from './envelope';
import {
  errorReport,
  prepareBusErrors,
  truncation,
  writeReport,
  type ErrorContext,
  type ErrorReport,
} from './error-report';
import { isReaderGone, writeErr, writeOut } from './output';
import { usageErrorOf } from './usage-error';

/** What a command came to. */
export interface Outcome {
  /** Exit code. */
  exit: number;
  /** For `--json`: the `result` of the document. */
  result: unknown;
  /** The block it is about, when it is about one. */
  target?: string;
  /** One word for `exit`, where it does not mean what it means everywhere. */
  status?: string;
  /** Data for people, on stdout. Not called with `--json`. */
  text?: (style: Style) => string;
  /** Remarks beside the data, on stderr. Not called with `--json`. */
  note?: (style: Style) => string;
  /** On stderr, or in the JSON document. */
  warnings?: readonly string[];
}

interface GlobalFlags {
  json: boolean;
  color: ColorChoice;
  ascii: boolean;
  dir?: string | undefined;
}

function beforeDoubleDash(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    dir: Flags.string({
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
      summary: 'Directory of the blocks (default: $DATABLOCK_DIR, else /dev/shm).',
    }),
    json: Flags.boolean({ helpGroup: 'GLOBAL', summary: 'Print one JSON document.' }),
    color: Flags.option({
      options: colorChoices,
      default: 'auto',
      helpGroup: 'GLOBAL',
      summary: 'Colours; auto obeys NO_COLOR and FORCE_COLOR.',
    })(),
    ascii: Flags.boolean({ helpGroup: 'GLOBAL', summary: 'Draw with plain ASCII only.' }),
  };

  private globals: GlobalFlags | undefined;

  /** Does the work. Prints nothing: what it found is in the outcome. */
  protected abstract execute(): Promise<Outcome>;

  /** The block the command line names, as far as is known yet. For error messages. */
  protected get block(): string | undefined {
    return undefined;
  }

  /** What to try first when this error ends the command. */
  protected firstSuggestions(_error: unknown): readonly string[] {
    return [];
  }

  /** With `--json` it prints one document after another, a line each. */
  protected streams(): boolean {
    return false;
  }

  /** `--dir`, as the native layer wants it. */
  protected get location(): Location {
    const dir = this.globals?.dir;
    return dir === undefined ? {} : { dir };
  }

  /** `--json` was given. Also true before the flags were parsed. */
  protected get wantsJson(): boolean {
    return this.globals?.json ?? beforeDoubleDash(this.argv).includes('--json');
  }

  protected style(stream: NodeJS.WriteStream): Style {
    const choice = this.globals?.color ?? 'auto';
    const width = stream.isTTY ? stream.columns : 80;
    return makeStyle({
      level: colorLevel(choice, process.env, stream.isTTY),
      ascii: this.globals?.ascii ?? false,
      width,
    });
  }

  protected get speaker(): Speaker {
    return { tool: `${this.config.bin} ${this.config.version}`, command: this.ctor.id };
  }

  /** @returns the exit code */
  override async run(): Promise<number> {
    try {
      const exit = this.print(await this.execute());
      return isReaderGone() ? 0 : exit;
    } catch (e) {
      return writeReport(this.reportOf(e), e);
    }
  }

  private print(outcome: Outcome): number {
    if (this.wantsJson) {
      const write = this.streams() ? toJsonLine : toJson;
      writeOut(write(resultEnvelope(this.speaker, new Date(), outcome)));
      return outcome.exit;
    }
    if (outcome.text !== undefined) writeOut(outcome.text(this.style(process.stdout)));
    if (outcome.note !== undefined) writeErr(outcome.note(this.style(process.stderr)));
    for (const warning of outcome.warnings ?? []) this.complain(warning);
    return outcome.exit;
  }

  /** One line on stderr. */
  protected complain(warning: string): void {
    writeErr(`${this.style(process.stderr).color.yellow('Warning:')} ${warning}\n`);
  }

  /** How an error that ends the command is told. */
  protected reportOf(error: unknown, block: string | undefined = this.block): ErrorReport {
    return errorReport(error, { ...this.errorContext(error), block });
  }

  private errorContext(e: unknown): ErrorContext {
    return {
      speaker: this.speaker,
      json: this.wantsJson,
      oneLine: this.streams(),
      style: this.style(process.stderr),
      block: this.block,
      command: spokenName(this.ctor.id),
      dir: this.location.dir,
      directory: this.location.dir ?? process.env.DATABLOCK_DIR ?? '/dev/shm',
      firstSuggestions: this.firstSuggestions(e),
    };
  }

  /** oclif copies a class's own static members only, so that the arguments of a base class would be missing. */
  private withInherited<I extends object | undefined>(options: I): I {
    const { args, flags, baseFlags, strict } = this.ctor;
    return { args, flags, baseFlags, strict, ...options };
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<any>, // eslint-disable-line @typescript-eslint/no-explicit-any
    B extends Interfaces.OutputFlags<any>, // eslint-disable-line @typescript-eslint/no-explicit-any
    A extends Interfaces.OutputArgs<any>, // eslint-disable-line @typescript-eslint/no-explicit-any
  >(
    options?: Interfaces.Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    try {
      const parsed = await super.parse(this.withInherited(options), argv);
      this.globals = parsed.flags as unknown as GlobalFlags;
      beforeMapping((name) => {
        prepareBusErrors(this.reportOf(truncation(name), name));
      });
      return parsed;
    } catch (e) {
      this.parsed = true; // else oclif warns that we did not try
      throw usageErrorOf(e, this.ctor);
    }
  }
}
