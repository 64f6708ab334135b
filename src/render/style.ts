import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';

/** How a view is to be drawn. Views decide nothing else about the terminal. */
export interface Style {
  readonly color: ChalkInstance;
  /** Draw with plain ASCII only. */
  readonly ascii: boolean;
  /** Columns that a line may have. */
  readonly width: number;
}

/** A style; without arguments the plain one: no colour, 80 columns. */
export function makeStyle(
  options: { level?: ColorSupportLevel; ascii?: boolean; width?: number } = {},
): Style {
  return {
    color: new Chalk({ level: options.level ?? 0 }),
    ascii: options.ascii ?? false,
    width: options.width ?? 80,
  };
}
