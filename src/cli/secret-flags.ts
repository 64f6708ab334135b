/** `--secret-file`, `--secret-fd`: never the secret itself, which everybody who lists processes would see. */
import { Flags } from '@oclif/core';
import { Secret } from '../api/secret';

const helpGroup = 'SECRET';

export const secretFlags = {
  'secret-file': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    exclusive: ['secret-fd'],
    summary:
      'The secret of the block: a file of 32 bytes or 64 hexadecimal digits that nobody else may read.',
    description: 'Default: the 64 hexadecimal digits in the environment, DATABLOCK_SECRET.',
  }),
  'secret-fd': Flags.integer({
    helpGroup,
    min: 0,
    helpValue: 'N',
    summary: 'The same from an open descriptor.',
  }),
};

export interface SecretFlagValues {
  'secret-file'?: string | undefined;
  'secret-fd'?: number | undefined;
}

/** As an option of the library; none where none is given. @throws DataBlockError SECRET_UNUSABLE */
export function secretOption(flags: SecretFlagValues): { secret?: Secret } {
  const { 'secret-file': file, 'secret-fd': fd } = flags;
  if (file !== undefined) return { secret: Secret.fromFile(file) };
  if (fd !== undefined) return { secret: Secret.fromDescriptor(fd) };
  return {};
}
