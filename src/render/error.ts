import type { Style } from './style';

/** An error as a person at a terminal shall see it. */
export interface ErrorView {
  message: string;
  /** `DB0501` */
  number: string;
  /** `NO_SUCH_BLOCK` */
  code: string;
  suggestions: readonly string[];
}

export function renderError(view: ErrorView, { color }: Style): string {
  const lines = [
    `${color.red.bold('Error:')} ${view.message.replace(/\s*\n\s*/g, ' ')}`,
    `${color.bold('Code:')} ${view.number} ${view.code}`,
  ];
  view.suggestions.forEach((suggestion, i) => {
    lines.push(`${i === 0 ? color.bold('Try this:') : '         '} ${suggestion}`);
  });
  return `${lines.join('\n')}\n`;
}
