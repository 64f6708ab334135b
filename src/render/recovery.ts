/** Recovery plans and what became of them: `Would release zombie writer on slot 1 (PID 12345)`. */
import { formatErrorNumber } from '../api/errors';
import type { Recovery, RecoveryFailure, TakenAction } from '../operations/recovery';
import type { PlannedAction, RecoveryPlan } from '../operations/recovery-plan';
import type { WatchEvent } from '../operations/recovery-watch';
import { formatInstant } from './duration';
import type { Style } from './style';

const nameOfRole: Record<PlannedAction['role'], string> = {
  producer: 'producer',
  consumer: 'consumer',
  'zone-user': 'zone user',
  unknown: 'participant',
};

/** What an action does, as the object of "Would release" and "Released". */
function described(action: PlannedAction): { verb: 'release' | 'free'; object: string } {
  const { kind, slot, spinlock, seq, pid, participant, role } = action;
  switch (kind) {
    case 'reset-slot':
    case 'give-back-slot':
    case 'release-quarantine':
      return { verb: 'release', object: `zombie writer on slot ${String(slot)} (PID ${pid})` };
    case 'release-pin':
      return { verb: 'release', object: `zombie reader on slot ${String(slot)} (PID ${pid})` };
    case 'release-hold':
      return { verb: 'release', object: `zombie reader at message ${String(seq)} (PID ${pid})` };
    case 'release-spinlock':
      return { verb: 'release', object: `spinlock ${String(spinlock)} of a zombie (PID ${pid})` };
    case 'free-participant':
      return {
        verb: 'free',
        object: `entry ${participant} of dead ${nameOfRole[role]} (PID ${pid})`,
      };
  }
}

/** What it costs, where there is something to say. */
function consequence({ kind, seq, loses }: PlannedAction): string {
  if (loses > 0) return `    message ${String(seq)} was never finished: consumers will skip it\n`;
  if (kind === 'release-spinlock')
    return '    what it protects may be half-updated: the next owner is told (OWNER_DEAD)\n';
  if (kind === 'give-back-slot') return '    it had not touched the slot yet: nothing is lost\n';
  return '';
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function renderPlan({ block, actions }: RecoveryPlan, { color }: Style): string {
  if (actions.length === 0) return `${color.bold(block)}: nothing to recover\n`;
  const lines = actions.map((action) => {
    const { verb, object } = described(action);
    return `Would ${verb} ${object}\n${consequence(action)}`;
  });
  return `${color.bold(block)}: dry run, nothing was changed\n${lines.join('')}`;
}

function renderTaken(action: TakenAction, { color }: Style): string {
  const { verb, object } = described(action);
  if (action.applied) return `${color.green('[OK]')} ${capitalized(verb)}d ${object}\n${consequence(action)}`;
  if (action.code === 'NOTHING_TO_DO') return `${color.blue('[INFO]')} Nothing left to ${verb}: ${object}\n`;
  return `${color.yellow('[REFUSED]')} Did not ${verb} ${object}: ${action.code}\n`;
}

export function renderRecovery(recovery: Recovery, style: Style): string {
  const { block, actions } = recovery;
  const name = style.color.bold(block);
  if (actions.length === 0) return `${name}: nothing to recover\n`;
  const done = actions.filter(({ applied }) => applied).length;
  const left = actions.length - done;
  const sum = left === 0 ? `${done} done` : `${done} done, ${left} not`;
  return `${name}: ${sum}\n${actions.map((action) => renderTaken(action, style)).join('')}`;
}

/** One line of `auto-recover --watch`. */
export function renderWatchEvent(event: WatchEvent, at: Date, style: Style): string {
  const when = formatInstant(BigInt(at.getTime()) * 1_000_000n);
  const about = `${when} ${style.color.bold(event.block)}:`;
  switch (event.event) {
    case 'action':
      return `${about} ${renderTaken(event.action, style).trimEnd().replace(/\n +/g, '; ')}\n`;
    case 'trouble':
      return `${when} ${renderFailure(event, style)}`;
    case 'back':
      return `${about} ${style.color.blue('[INFO]')} can be looked at again\n`;
  }
}

/** A block among several that could not be looked at. */
export function renderFailure({ block, error }: RecoveryFailure, { color }: Style): string {
  return `${color.red('[ERROR]')} ${block}: ${error.message} (${formatErrorNumber(error.number)} ${error.code})\n`;
}
