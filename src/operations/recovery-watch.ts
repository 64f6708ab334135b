/** The daemon of `auto-recover --watch`: recovers again and again, and tells of what happened, once. */
import { DataBlockError } from '../api/errors';
import type { Location } from '../native';
import { errorSummary, type ErrorSummary } from './error-summary';
import { readBlockNames } from './block-names';
import { recover, type TakenAction } from './recovery';

/** Something worth a line. */
export type WatchEvent =
  | { event: 'action'; block: string; action: TakenAction }
  /** The block cannot be looked at; told once, until that changes. */
  | { event: 'trouble'; block: string; error: ErrorSummary }
  /** The block can be looked at again. */
  | { event: 'back'; block: string };

/** With `--all` these are files of somebody else, or were removed meanwhile. */
const notOurs: readonly string[] = ['NOT_A_BLOCK', 'NO_SUCH_BLOCK', 'PERMISSION'];

const nothingToTell: readonly string[] = ['NOTHING_TO_DO'];

function keyOf({ kind, participant, generation, slot, code }: TakenAction): string {
  return [kind, participant, generation, slot, code].join(' ');
}

/** One `cycle()` after another; remembers what it has told. */
export class RecoveryWatch {
  readonly #location: Location;
  readonly #names: readonly string[] | undefined;
  readonly #tell: (event: WatchEvent) => void;
  /** Code of the error that each block had last. */
  #troubles = new Map<string, string>();
  /** Refusals of the cycle before, so that one that lasts is told once. */
  #refusals = new Set<string>();

  /** @param names - undefined: every block of the directory, as they come and go. */
  constructor(location: Location, names: readonly string[] | undefined, tell: (event: WatchEvent) => void) {
    this.#location = location;
    this.#names = names;
    this.#tell = tell;
  }

  cycle(): void {
    const names = this.#names ?? this.#directory();
    const troubles = new Map<string, string>();
    const refusals = new Set<string>();
    for (const name of names) this.#look(name, troubles, refusals);
    this.#troubles = troubles;
    this.#refusals = refusals;
  }

  /** The directory itself may be unreadable for a while; that is a trouble like any other. */
  #directory(): readonly string[] {
    try {
      return readBlockNames(this.#location);
    } catch {
      return [];
    }
  }

  #look(name: string, troubles: Map<string, string>, refusals: Set<string>): void {
    try {
      const { actions } = recover(name, this.#location);
      if (this.#troubles.has(name)) this.#tell({ event: 'back', block: name });
      for (const action of actions) this.#tellOf(name, action, refusals);
    } catch (e) {
      if (!(e instanceof DataBlockError)) throw e;
      if (this.#names === undefined && notOurs.includes(e.code)) return;
      troubles.set(name, e.code);
      if (this.#troubles.get(name) !== e.code)
        this.#tell({ event: 'trouble', block: name, error: errorSummary(e) });
    }
  }

  #tellOf(block: string, action: TakenAction, refusals: Set<string>): void {
    if (nothingToTell.includes(action.code)) return;
    const key = `${block} ${keyOf(action)}`;
    if (!action.applied) refusals.add(key);
    if (action.applied || !this.#refusals.has(key)) this.#tell({ event: 'action', block, action });
  }
}
