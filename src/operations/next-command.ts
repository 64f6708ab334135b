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

/** A command line of any program. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** A name that begins with a dash would be taken for a flag. */
function blockArgument(name: string): string {
  return name.startsWith('-') ? `--shm-name=${name}` : name;
}

/**
 * `datablock-admin diagnose sensor --dir /x`
 * @param words - the command, the block's name, and the rest.
 */
export function nextCommand(words: readonly string[], { dir }: Whereabouts = {}): string {
  const [command = '', block, ...rest] = words;
  const where = dir === undefined ? [] : ['--dir', dir];
  const about = block === undefined ? [] : [blockArgument(block)];
  return commandLine(['datablock-admin', command, ...about, ...rest, ...where]);
}

/** Fills NAME, DIR and COMMAND into one line of advice of the error catalogue. */
export function fillInAdvice(line: string, { block, command, dir, directory }: Whereabouts): string {
  let filled = line;
  if (directory !== undefined) filled = filled.replace(/\bDIR\b/g, shellWord(directory));
  if (command !== undefined) filled = filled.replace(/\bCOMMAND\b/g, command);
  if (block !== undefined) {
    // Behind a flag it is that flag's value, whatever it looks like.
    filled = filled
      .replace(
        /^(datablock-admin \S+) NAME\b/,
        (_, command: string) => `${command} ${shellWord(blockArgument(block))}`,
      )
      .replace(/\bNAME\b/g, () => shellWord(block));
  }
  if (dir === undefined || !filled.startsWith('datablock-admin ')) return filled;
  const [words = filled, ...comment] = filled.split(/(?=\s+#)/);
  return `${words} --dir ${shellWord(dir)}${comment.join('')}`;
}
