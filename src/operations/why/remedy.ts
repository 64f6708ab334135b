/** What to do about who is in the way, the safest first, and what it costs. */
import type { RecoveryAction } from '../../native';
import type { SeenParticipant } from '../local-pids';
import { continueCommand, endCommand } from '../naming';
import { commandLine, nextCommand } from '../next-command';
import type { Advice } from '../recommendation';
import type { Look } from './look';
import type { Obstacle } from './waits';

/** Messages that were never finished and will be skipped. */
export function unfinishedMessages(plan: readonly RecoveryAction[]): bigint[] {
  return plan.flatMap(({ loses, seq }) => (loses > 0 && seq !== null ? [seq] : []));
}

export function lostSentence(plan: readonly RecoveryAction[]): string {
  const lost = unfinishedMessages(plan);
  if (lost.length === 0) return 'Nothing is lost.';
  const which = lost.length === 1 ? `message ${String(lost[0])} was` : `${lost.length} messages were`;
  return `Nothing that was committed is lost; ${which} never finished, and will be skipped.`;
}

function recoverAdvice({ info }: Look, dir: string | undefined): Advice {
  return {
    text: 'Clean up after the dead; that is safe at any moment:',
    command: nextCommand(['auto-recover', info.name], { dir }),
  };
}

function cleanerAdvice(pid: number, { info }: Look, dir: string | undefined): Advice[] {
  return [
    { text: 'Let the one that cleans up go on:', command: `kill -CONT ${pid}` },
    {
      text: 'Or end it, and clean up in its place:',
      command: nextCommand(['auto-recover', info.name, '--kill-cleaner', '--confirm', info.name], { dir }),
    },
  ];
}

function waitAdvice(culprit: SeenParticipant): Advice {
  return culprit.verdict === 'STOPPED'
    ? { text: 'Let it go on:', command: continueCommand(culprit) }
    : { text: 'Wait: nothing is lost meanwhile.', command: null };
}

/** Ways that cost something, for one that lives. */
function forcefulAdvice(
  { kind, slot }: Obstacle,
  culprit: SeenParticipant,
  look: Look,
  dir: string | undefined,
): Advice[] {
  const { name, producers } = look.info;
  const reset = ['force-reset-slot', name, '--slot', String(slot?.slot)];
  switch (kind) {
    case 'hold':
      return [
        {
          text: 'Or take its hold away: it loses messages, and is told so:',
          command: nextCommand(['evict-consumer', name, String(culprit.id), '--confirm', name], { dir }),
        },
      ];
    case 'slot':
      return producers === 'multi'
        ? [
            {
              text: 'Or fence it off: what it still writes there is thrown away:',
              command: nextCommand([...reset, '--force'], { dir }),
            },
          ]
        : endCommand(culprit) === null
          ? [{ text: 'Or end its process where it runs, and then recover.', command: null }]
          : [
              {
                text: 'Or end its process, which resets the slot:',
                command: nextCommand([...reset, '--kill', '--confirm', name], { dir }),
              },
            ];
    case 'pins':
    case 'quarantine':
      return [{ text: 'Or end its process:', command: endCommand(culprit) }];
  }
}

/** Nobody can clean up after a dead participant while somebody else who was stopped is at it. */
export function remediesForDead(
  dead: readonly SeenParticipant[],
  look: Look,
  dir: string | undefined,
): Advice[] {
  const cleaners = dead.flatMap(({ cleaner, evidence }) =>
    cleaner?.verdict === 'STOPPED' && evidence.lockHeld === true ? [cleaner] : [],
  );
  const [stopped] = cleaners;
  return stopped === undefined ? [recoverAdvice(look, dir)] : cleanerAdvice(stopped.pid, look, dir);
}

/** What to do about who is in the way. */
export function remediesFor(obstacle: Obstacle, look: Look, dir: string | undefined): Advice[] {
  const [culprit] = obstacle.by;
  if (culprit === undefined) {
    return [{ text: 'Look for what is wrong:', command: nextCommand(['validate', look.info.name], { dir }) }];
  }
  const { verdict } = culprit;
  if (verdict === 'DEAD') return remediesForDead([culprit], look, dir);
  if (verdict === 'UNKNOWN') {
    return [
      { text: 'Find out who holds its lock byte:', command: commandLine(['fuser', '-v', look.info.path]) },
    ];
  }
  return [waitAdvice(culprit), ...forcefulAdvice(obstacle, culprit, look, dir)];
}

/** The slots of those that were fenced off come back by themselves, unless somebody stands still. */
export function remediesForFenced(owners: readonly SeenParticipant[]): Advice[] {
  return owners.flatMap((owner) => [
    owner.verdict === 'STOPPED'
      ? { text: 'Let it go on:', command: continueCommand(owner) }
      : {
          text: 'The ring goes on without; what was fenced off comes back when its owner notices, leaves or ends.',
          command: null,
        },
    { text: 'Or end its process, and then recover:', command: endCommand(owner) },
  ]);
}
