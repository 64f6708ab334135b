/** The answer of `why`: one sentence first. */
import type { Explanation } from '../operations/why/explanation';
import { formatDuration } from './duration';
import { renderParticipant } from './participant';
import type { Style } from './style';
import { counted } from './table';

function movement({ situation, moved }: Explanation): string {
  if (situation !== 'moving') return '';
  const { published, finished, inNs } = moved;
  const whom = finished > 0n ? `it finished ${counted(finished, 'message')}` : `${published} were published`;
  return `Slow, not stuck: in ${formatDuration(inNs)} ${whom}.\n`;
}

/** Everybody who is in the way, once. */
function evidence({ chain }: Explanation, style: Style): string {
  const culprits = new Map(chain.flatMap(({ obstacle }) => obstacle.by).map((one) => [one.id, one]));
  if (culprits.size === 0) return '';
  const parts = [...culprits.values()].map((one) => renderParticipant(one, style));
  return `\n${style.color.bold('Evidence')}\n${parts.join('')}`;
}

export function renderExplanationOfWaits(explanation: Explanation, style: Style): string {
  const { sentence, lost, remedies, situation } = explanation;
  const { color } = style;
  const steps = remedies.map(
    ({ text, command }) => `  ${text}\n${command === null ? '' : `      ${color.bold(command)}\n`}`,
  );
  return [
    `${sentence}\n`,
    movement(explanation),
    situation === 'calm' ? '' : `${lost}\n`,
    steps.length === 0 ? '' : `\n${color.bold('What to do')}\n${steps.join('')}`,
    evidence(explanation, style),
  ].join('');
}
