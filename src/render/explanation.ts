import { formatErrorNumber } from '../api/errors';
import type { ErrorEntry } from '../native';
import type { Style } from './style';

export function renderExplanation(
  { number, name, exitCode, sentence, advice }: ErrorEntry,
  { color }: Style,
): string {
  const lines = [
    color.bold(`${formatErrorNumber(number)} ${name}`),
    sentence,
    `Exit code: ${exitCode}`,
    color.bold('What to do'),
    ...advice.map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}
