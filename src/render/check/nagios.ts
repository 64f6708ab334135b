/** One line as monitoring plugins print it: `DATABLOCK OK - sensor: lag 3 of 64 | lag=3;;51.2;0;64`. */
import type { Check, Measured, Status } from '../../operations/check/check';
import { absolute, type Limit } from '../../operations/check/limit';
import { counted } from '../table';

const words: Record<Status, string> = { 0: 'OK', 1: 'WARNING', 2: 'CRITICAL', 3: 'UNKNOWN' };

export function wordFor(status: Status): string {
  return words[status];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function limitText(limit: Limit | null, measured: Measured): string {
  return limit === null ? '' : String(round(absolute(limit, measured)));
}

/** `lag=3;51.2;;0;64` */
function performance(measured: Measured): string {
  const { name, unit, value, most, warn, max } = measured;
  const fields = [
    limitText(warn, measured),
    limitText(max, measured),
    '0',
    most === null ? '' : String(most),
  ];
  return `${name}=${round(value)}${unit};${fields.join(';')}`.replace(/;+$/, '');
}

function described({ name, unit, value, most }: Measured): string {
  const suffix = unit === 's' ? 's' : most === null ? '' : ` of ${most}`;
  return `${name} ${round(value)}${suffix}`;
}

/** What is too much; when nothing is, what the findings are. */
function reasons({ measured, findings }: Check): string[] {
  const exceeded = measured
    .filter(({ status }) => status !== 0)
    .map((one) => `${described(one)} is too much`);
  const byKind = new Map<string, number>();
  for (const { severity } of findings) byKind.set(severity, (byKind.get(severity) ?? 0) + 1);
  const found: Record<string, string> = {
    safe: 'safe to repair (auto-recover)',
    unsafe: 'in the hands of somebody who lives',
    unknown: 'with an unknown verdict',
    corrupt: 'corrupt',
  };
  return [
    ...exceeded,
    ...[...byKind].map(([kind, count]) => `${counted(count, 'trace')} ${found[kind] ?? kind}`),
  ];
}

export function renderNagios(name: string, check: Check): string {
  const { status, measured } = check;
  const what = reasons(check);
  const text = what.length > 0 ? what : measured.slice(0, 3).map(described);
  return `DATABLOCK ${wordFor(status)} - ${name}: ${text.join(', ')} | ${measured.map(performance).join(' ')}\n`;
}

/** Of a block that could not be looked at. */
export function renderNagiosError(name: string | undefined, status: Status, message: string): string {
  const about = name === undefined ? '' : `${name}: `;
  // A bar would begin the performance data.
  return `DATABLOCK ${wordFor(status)} - ${about}${message.replace(/\s*\n\s*/g, ' ').replaceAll('|', '/')}\n`;
}
