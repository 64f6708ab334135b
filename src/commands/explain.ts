import { Args } from '@oclif/core';
import { closestName } from '../api/closest-name';
import { errorEntry, errorEntryNamed, ErrorNumber, formatErrorNumber } from '../api/errors';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { usageError } from '../cli/usage-error';
import type { ErrorEntry } from '../native';
import { renderExplanation } from '../render/explanation';

function entryFor(code: string): ErrorEntry {
  const number = /^(?:DB)?0*(\d{1,4})$/i.exec(code)?.[1];
  const name = code.toUpperCase().replaceAll('-', '_');
  const entry = number === undefined ? errorEntryNamed(name) : errorEntry(Number(number));
  if (entry !== undefined) return entry;
  const near = number === undefined ? closestName(name, Object.keys(ErrorNumber)) : undefined;
  throw usageError(`there is no error ${code}${near === undefined ? '' : ` (did you mean ${near}?)`}`);
}

export default class Explain extends BaseCommand {
  static override summary = 'Explain an error code.';
  static override examples = ['datablock-admin explain DB0501', 'datablock-admin explain NO_SUCH_BLOCK'];
  static override args = {
    CODE: Args.string({ required: true, ignoreStdin: true, description: 'DB0501, 501 or NO_SUCH_BLOCK.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args } = await this.parse(Explain);
    const entry = entryFor(args.CODE);
    return {
      exit: 0,
      result: { ...entry, number: formatErrorNumber(entry.number) },
      text: (style) => renderExplanation(entry, style),
    };
  }
}
