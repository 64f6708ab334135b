/** Commands that are shown to the user must work when they are pasted, so they carry over where the block lives. */

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where commands that are suggested have to look: the `--dir` of the command that suggests them. */
export interface Whereabouts {
  block?: string | undefined;
  /** The command that is at fault. */
  command?: string | undefined;
  /** Value of `--dir`, when it was given. */
  dir?: string | undefined;
  /** The directory that is meant, for suggestions that name a file. */
  directory?: string | undefined;
}

/** `datablock-admin diagnose sensor --dir /x` */
export function nextCommand(words: readonly string[], { dir }: Whereabouts = {}): string {
  const all = ['datablock-admin', ...words, ...(dir === undefined ? [] : ['--dir', dir])];
  return all.map(shellWord).join(' ');
}

/** Fills NAME, DIR and COMMAND into one line of advice of the error catalogue. */
export function fillInAdvice(line: string, { block, command, dir, directory }: Whereabouts): string {
  let filled = line;
  if (directory !== undefined) filled = filled.replace(/\bDIR\b/g, shellWord(directory));
  if (command !== undefined) filled = filled.replace(/\bCOMMAND\b/g, command);
  if (block !== undefined) filled = filled.replace(/\bNAME\b/g, shellWord(block));
  if (dir === undefined || !filled.startsWith('datablock-admin ')) return filled;
  const [words = filled, ...comment] = filled.split(/(?=\s+#)/);
  return `${words} --dir ${shellWord(dir)}${comment.join('')}`;
}
