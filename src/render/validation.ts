import type { Violation } from '../native';
import type { Validation } from '../operations/validation';
import { renderBlockLine } from './diagnosis';
import type { Style } from './style';
import { counted } from './table';

function renderViolation({ rule, detail, repairable }: Violation, { color }: Style): string {
  const tag = repairable ? color.yellow('[REPAIRABLE]') : color.red('[CORRUPT]');
  return `${tag} ${rule}: ${detail}\n`;
}

export function renderValidation(validation: Validation, style: Style): string {
  const { info, slotsChecked, checksumsVerified, checksumsUnverifiable, moving, violations } = validation;
  const checks = [
    `${counted(slotsChecked, 'slot')} checked`,
    `${counted(checksumsVerified, 'checksum')} verified`,
  ];
  if (checksumsUnverifiable > 0)
    checks.push(`${counted(checksumsUnverifiable, 'keyed checksum')} not verified without the secret`);
  if (moving > 0) checks.push(`${moving} in use just then and not judged`);
  const verdict =
    violations.length === 0 ? style.color.green('[OK] valid') : counted(violations.length, 'violation');
  return [
    renderBlockLine(info, style),
    `${checks.join(', ')}\n`,
    ...violations.map((violation) => renderViolation(violation, style)),
    `${verdict}\n`,
  ].join('');
}
