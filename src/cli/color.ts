import type { ColorSupportLevel } from 'chalk';

/** Values of `--color`. */
export const colorChoices = ['auto', 'always', 'never'] as const;
export type ColorChoice = (typeof colorChoices)[number];

/**
 * Decides whether to colour. An explicit `--color` wins; then `NO_COLOR` (any text), then `FORCE_COLOR`, then whether
 * somebody is looking. chalk itself ignores NO_COLOR, hence this.
 */
export function colorLevel(choice: ColorChoice, env: NodeJS.ProcessEnv, isTTY: boolean): ColorSupportLevel {
  if (choice === 'never') return 0;
  const wanted = env.COLORTERM === 'truecolor' ? 3 : 1;
  if (choice === 'always') return wanted;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0;
  const force = env.FORCE_COLOR;
  if (force !== undefined) {
    if (force === '0' || force === 'false') return 0;
    if (force === '2' || force === '3') return force === '2' ? 2 : 3;
    return wanted;
  }
  return isTTY && env.TERM !== 'dumb' ? wanted : 0;
}
