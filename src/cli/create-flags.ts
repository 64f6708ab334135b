/** The flags that say what a new block shall be like; `create` has them, and `produce --create`. */
import { Flags } from '@oclif/core';
import type { CreateConfig } from '../api/options';
import type { Location } from '../native';
import { groupId } from './group-id';
import type { Schema } from '../schema/schema';
import { schemaFlag } from './schema-flag';
import { secretFlags, secretOption, type SecretFlagValues } from './secret-flags';
import { parseSize } from './size';
import { durationFlag, sizeFlag } from './unit-flags';
import { usageError } from './usage-error';

const helpGroup = 'BLOCK';

type Zone = NonNullable<CreateConfig['zones']>[number];

function parseZone(text: string): Zone {
  const [name, size, ...rest] = text.split(':');
  if (name === undefined || name === '' || size === undefined || rest.length > 0) {
    throw new RangeError(`"${text}" is no zone, such as calibration:64KiB`);
  }
  return { name, size: parseSize(size) };
}

function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new RangeError(`"${text}" is no file mode, such as 0660`);
  return Number.parseInt(text, 8);
}

/** Parsers of flags are asynchronous to oclif; these are not. */
function parsing<T>(parse: (text: string) => T): (text: string) => Promise<T> {
  return (text) => Promise.resolve().then(() => parse(text));
}

export const createFlags = {
  ...secretFlags,
  slots: Flags.integer({
    helpGroup,
    min: 1,
    helpValue: 'N',
    summary: 'Number of slots in the ring; a new block needs it.',
  }),
  'slot-size': sizeFlag({
    helpGroup,
    summary: 'Payload capacity of a slot, so the longest message; a new block needs it.',
  }),
  producers: Flags.option({
    helpGroup,
    options: ['single', 'multi'] as const,
    summary: 'How many producers may be attached at once (default: single).',
  })(),
  checksum: Flags.option({
    helpGroup,
    options: ['none', 'xxh3', 'blake2b', 'blake2b-keyed'] as const,
    summary: 'Checksum of every message (default: none); blake2b-keyed needs a secret.',
  })(),
  'checksum-policy': Flags.option({
    helpGroup,
    options: ['manual', 'enforced'] as const,
    summary: 'enforced: computed at commit, verified before the data is handed over.',
  })(),
  schema: schemaFlag({
    helpGroup,
    summary:
      'What the messages are: a file *.schema.json (docs/schema.md). Slots are then as large as a record by default.',
  }),
  zone: Flags.custom<Zone>({ parse: parsing(parseZone) })({
    helpGroup,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NAME:SIZE',
    summary: 'A named zone of memory beside the ring; may be repeated.',
  }),
  mode: Flags.custom<number>({ parse: parsing(parseMode) })({
    helpGroup,
    helpValue: 'MODE',
    summary: 'File mode, octal (default: 0600).',
  }),
  group: Flags.custom<number>({ parse: parsing(groupId) })({
    helpGroup,
    helpValue: 'GROUP',
    summary: 'Group that shall own the block, by name or number.',
  }),
  'self-heal': Flags.option({
    helpGroup,
    options: ['on', 'off'] as const,
    summary: 'Whether a waiting participant repairs a dead one (default: on).',
  })(),
  'heal-after': durationFlag({ helpGroup, summary: 'How long it waits before it looks (default: 100ms).' }),
  overflow: Flags.option({
    helpGroup,
    options: ['wait', 'fail'] as const,
    summary: 'What a producer does when a sync consumer is a full ring behind (default: wait).',
  })(),
  fences: Flags.option({
    helpGroup,
    options: ['asymmetric', 'real'] as const,
    summary: 'real where a participant may not call membarrier, as in some sandboxes.',
  })(),
  timestamps: Flags.boolean({ helpGroup, summary: 'Record the commit time of every message.' }),
  'max-participants': Flags.integer({
    helpGroup,
    min: 1,
    max: 64,
    helpValue: 'N',
    summary: 'Producers and consumers together, at once (default: 64).',
  }),
  'max-sync': Flags.integer({
    helpGroup,
    min: 0,
    max: 64,
    helpValue: 'N',
    summary: 'Consumers in sync mode at once; 0 forbids them (default: no limit).',
  }),
};

/** What oclif makes of {@link createFlags}. */
export interface CreateFlagValues extends SecretFlagValues {
  slots?: number | undefined;
  'slot-size'?: number | undefined;
  producers?: CreateConfig['producers'] | undefined;
  checksum?: CreateConfig['checksum'] | undefined;
  'checksum-policy'?: CreateConfig['checksumPolicy'] | undefined;
  schema?: Schema | undefined;
  zone?: Zone[] | undefined;
  mode?: number | undefined;
  group?: number | undefined;
  'self-heal'?: string | undefined;
  'heal-after'?: number | undefined;
  overflow?: CreateConfig['overflow'] | undefined;
  fences?: CreateConfig['fences'] | undefined;
  timestamps?: boolean | undefined;
  'max-participants'?: number | undefined;
  'max-sync'?: number | undefined;
}

/** Leaves out what was not given, so that the defaults are those of the native layer. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** @throws DataBlockError USAGE when a needed flag is missing */
export function toCreateConfig(flags: CreateFlagValues, location: Location = {}): CreateConfig {
  const { slots, schema } = flags;
  const slotSize = flags['slot-size'] ?? schema?.size;
  if (slots === undefined || slotSize === undefined) {
    throw usageError('a new block needs --slots and --slot-size (or --schema)');
  }
  const selfHeal = flags['self-heal'];
  const healAfterMs = flags['heal-after'];
  if (healAfterMs !== undefined && !Number.isInteger(healAfterMs)) {
    throw usageError('--heal-after counts whole milliseconds');
  }
  return {
    ...location,
    ...secretOption(flags),
    slots,
    slotSize,
    ...given({
      producers: flags.producers,
      checksum: flags.checksum,
      checksumPolicy: flags['checksum-policy'],
      schema,
      zones: flags.zone,
      mode: flags.mode,
      gid: flags.group,
      selfHeal: selfHeal === undefined ? undefined : selfHeal === 'on',
      healAfterMs,
      overflow: flags.overflow,
      fences: flags.fences,
      timestamps: flags.timestamps,
      maxParticipants: flags['max-participants'],
      maxSync: flags['max-sync'],
    }),
  };
}
