/** Exit codes of every command (docs/errors.md). Failures from 64 up come from the error catalogue. */
export const ExitCode = {
  /** Healthy, or done. */
  Ok: 0,
  /** Done; repairs were applied. */
  Repaired: 1,
  /** Problems found that automatic recovery can repair safely. */
  SafeToRepair: 2,
  /** Problems found; a repair cannot be proven safe while somebody lives. */
  NotProvablySafe: 3,
  /** It cannot be said whether a participant is alive. */
  VerdictUnknown: 4,
  /** Refused: changed since the plan, or the owner is alive. */
  Refused: 5,
  /** Corruption, or a verification that failed. */
  Corrupt: 6,
} as const;

/**
 * From best to worst. "Verdict unknown" ranks below "not provably safe": the former may turn out harmless, the latter is
 * a problem for certain. A block that cannot even be opened ranks above anything that was found in one that can, and
 * corruption above that; an error of the tool itself is the worst of all.
 */
const bestToWorst: readonly number[] = [
  ExitCode.Ok,
  ExitCode.Repaired,
  ExitCode.SafeToRepair,
  ExitCode.VerdictUnknown,
  ExitCode.NotProvablySafe,
  ExitCode.Refused,
  75, // time-out, try again
  66, // no such block
  77, // permission
  78, // version
  65, // bad data
  74, // input or output, truncated
  ExitCode.Corrupt,
];

function rank(exit: number): number {
  const at = bestToWorst.indexOf(exit);
  return at === -1 ? bestToWorst.length : at;
}

/** The exit code of a command that did several things, each of which had one. */
export function worstExit(exits: Iterable<number>): number {
  let worst: number = ExitCode.Ok;
  for (const exit of exits) {
    if (rank(exit) > rank(worst)) worst = exit;
  }
  return worst;
}
