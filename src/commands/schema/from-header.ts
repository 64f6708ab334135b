import * as fs from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { errorNamed } from '../../api/errors';
import { BaseCommand, type Outcome } from '../../cli/base-command';
import { schemaResult } from '../../cli/schema-outcome';
import { usageError } from '../../cli/usage-error';
import { schemaFromHeader } from '../../schema/c-header';

function readText(file: string): string {
  try {
    return fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw errorNamed('IO', `the header: ${(error as Error).message}`, { cause: error });
  }
}

export default class SchemaFromHeader extends BaseCommand {
  static override summary = 'Make a schema file of a struct in a C or C++ header.';
  static override description =
    'Members are placed as the compiler places them on 64-bit Linux. What it cannot tell for sure (bit-fields, unions, pointers, packed structs, templates, includes) is refused, never guessed. In C++ code DATABLOCK_SCHEMA is the surer way: there the compiler itself says where members are.';
  static override examples = [
    'datablock-admin schema from-header sensor.h --struct SensorData > sensor.schema.json',
    'datablock-admin schema from-header sensor.h --struct SensorData --record-version 2.1.0',
  ];
  static override args = {
    FILE: Args.string({ description: 'The header; - is standard input.', ignoreStdin: true }),
  };
  static override flags = {
    struct: Flags.string({
      helpValue: 'NAME',
      summary: 'Which struct; may be left out if there is only one.',
    }),
    'record-version': Flags.string({
      default: '1.0.0',
      helpValue: 'X.Y.Z',
      summary: 'Version of the schema (default: 1.0.0).',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(SchemaFromHeader);
    if (args.FILE === undefined) throw usageError('the header is missing');
    const schema = schemaFromHeader(readText(args.FILE), {
      struct: flags.struct,
      version: flags['record-version'],
    });
    const file = `${JSON.stringify(JSON.parse(schema.text), undefined, 2)}\n`;
    return { exit: 0, target: args.FILE, result: schemaResult(schema), text: () => file };
  }
}
