/** The limits of `check`: `--max-X` and `--warn-X` for everything that it measures. */
import { Flags } from '@oclif/core';
import type { Limits } from '../operations/check/check';
import type { Limit } from '../operations/check/limit';
import { measures, type Measure } from '../operations/check/measures';
import { parseDuration } from './duration';

const helpValues: Record<Measure['limit'], string> = { share: 'N|P%', count: 'N', duration: 'TIME' };

/** `80%` or `100`. */
function parseShare(text: string): Limit {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const value = match?.[1];
  if (value === undefined)
    throw new RangeError(`"${text}" is neither a count nor a share, such as 100 or 80%`);
  return { value: Number(value), percent: match?.[2] === '%' };
}

/** `100` */
function parseCount(text: string): Limit {
  if (!/^\d+$/.test(text.trim())) throw new RangeError(`"${text}" is no count`);
  return { value: Number(text), percent: false };
}

/** `5s`, in seconds. */
function parseSeconds(text: string): Limit {
  return { value: parseDuration(text) / 1000, percent: false };
}

const parsers: Record<Measure['limit'], (text: string) => Limit> = {
  share: parseShare,
  count: parseCount,
  duration: parseSeconds,
};

type Level = 'max' | 'warn';

function flagFor(level: Level, { meaning, limit }: Measure): ReturnType<typeof limitFlag> {
  return limitFlag(level, meaning, limit);
}

function limitFlag(level: Level, meaning: string, limit: Measure['limit']) {
  return Flags.custom<Limit>({
    helpGroup: level === 'max' ? 'CRITICAL ABOVE' : 'WARNING ABOVE',
    helpValue: helpValues[limit],
    summary: `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`,
    parse: (text) => Promise.resolve().then(() => parsers[limit](text)),
  })();
}

function flagsOf(level: Level): Record<string, ReturnType<typeof limitFlag>> {
  return Object.fromEntries(measures.map((measure) => [`${level}-${measure.name}`, flagFor(level, measure)]));
}

export const limitFlags = { ...flagsOf('max'), ...flagsOf('warn') };

export function limitsOf(flags: Readonly<Record<string, unknown>>): Limits {
  const of = (level: Level): Limits[Level] =>
    Object.fromEntries(
      measures.flatMap(({ name }) => {
        const limit = flags[`${level}-${name}`];
        return limit === undefined ? [] : [[name, limit as Limit]];
      }),
    );
  return { max: of('max'), warn: of('warn') };
}
