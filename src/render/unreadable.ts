import { counted } from './table';

/** Warnings about files that may be blocks, but this user may not look. */
export function unreadableWarnings(files: readonly string[]): string[] {
  return files.length === 0 ? [] : [`${counted(files.length, 'file')} could not be opened: no permission`];
}
