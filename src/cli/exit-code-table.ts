/** What each exit code means, for `--help` and for the `status` of JSON documents. */
interface Meaning {
  readonly codes: string;
  readonly meaning: string;
}

/** Printed at the end of every `--help`. */
export const exitCodeTable: readonly Meaning[] = [
  { codes: '0', meaning: 'healthy, or done' },
  { codes: '1', meaning: 'done, repairs were applied' },
  { codes: '2', meaning: 'problems found, safe to repair (dry run, diagnose)' },
  { codes: '3', meaning: 'problems found, not provably safe to repair' },
  { codes: '4', meaning: 'cannot say whether a participant is alive' },
  { codes: '5', meaning: 'refused: changed since the plan, or the owner is alive' },
  { codes: '6', meaning: 'corruption, or a verification failed' },
  { codes: '64', meaning: 'wrong usage' },
  { codes: '65', meaning: 'bad data' },
  { codes: '66', meaning: 'no such block' },
  { codes: '69', meaning: 'broker or network unavailable' },
  { codes: '70', meaning: 'internal error' },
  { codes: '73', meaning: 'cannot create (exists, or no space)' },
  { codes: '74', meaning: 'input or output failed (truncated)' },
  { codes: '75', meaning: 'time-out, try again' },
  { codes: '77', meaning: 'permission or secret' },
  { codes: '78', meaning: 'version, configuration or schema mismatch' },
  { codes: '130, 143', meaning: 'ended by SIGINT, SIGTERM' },
];

const statusByExit: Readonly<Partial<Record<number, string>>> = {
  0: 'ok',
  1: 'repaired',
  2: 'safe-to-repair',
  3: 'not-provably-safe',
  4: 'verdict-unknown',
  5: 'refused',
  6: 'corrupt',
  75: 'time-out',
  130: 'interrupted',
  143: 'interrupted',
};

/** One word for an exit code; `error` for those that only an error ends with. */
export function statusOf(exit: number): string {
  return statusByExit[exit] ?? 'error';
}
