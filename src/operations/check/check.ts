/** Compares a block with limits, for monitoring. */
import { DataBlockError } from '../../api/errors';
import { findingsOf, type Finding, type Severity } from '../findings';
import { withLocalProcesses } from '../local-pids';
import { observing, type ObserverLocation } from '../opening';
import { exceeds, type Limit, type Quantity } from './limit';
import { measures, type Measure, type MeasureName, type Observation } from './measures';

/** Exit codes of monitoring plugins. */
export const Status = { Ok: 0, Warning: 1, Critical: 2, Unknown: 3 } as const;
export type Status = (typeof Status)[keyof typeof Status];

export interface Limits {
  warn: Partial<Record<MeasureName, Limit>>;
  max: Partial<Record<MeasureName, Limit>>;
}

export interface Measured extends Quantity {
  name: MeasureName;
  unit: Measure['unit'];
  status: Status;
  warn: Limit | null;
  max: Limit | null;
}

export interface Check {
  status: Status;
  measured: Measured[];
  findings: Finding[];
  observation: Observation;
}

const bestToWorst: readonly Status[] = [Status.Ok, Status.Warning, Status.Unknown, Status.Critical];

function worst(statuses: readonly Status[]): Status {
  return statuses.reduce<Status>(
    (most, one) => (bestToWorst.indexOf(one) > bestToWorst.indexOf(most) ? one : most),
    Status.Ok,
  );
}

/** What is wrong whatever the limits are. */
const statusOfFinding: Record<Severity, Status> = {
  safe: Status.Warning,
  unsafe: Status.Warning,
  unknown: Status.Unknown,
  corrupt: Status.Critical,
};

function compare(measure: Measure, observation: Observation, { warn, max }: Limits): Measured {
  const { name, unit } = measure;
  const quantity = measure.of(observation);
  const tooMuch = exceeds(quantity, max[name]);
  const status = tooMuch ? Status.Critical : exceeds(quantity, warn[name]) ? Status.Warning : Status.Ok;
  return { name, unit, ...quantity, status, warn: warn[name] ?? null, max: max[name] ?? null };
}

const mostNotable = 4096;

/** Read-only. */
export function check(name: string, location: ObserverLocation, stuckAfterNs: bigint, limits: Limits): Check {
  return observing(name, location, (observer) => {
    const taken = observer.snapshot(stuckAfterNs, mostNotable);
    const snapshot = location.snapshot === undefined ? withLocalProcesses(taken) : taken;
    const observation = { info: observer.info(), snapshot, metrics: observer.metrics() };
    const measured = measures.map((measure) => compare(measure, observation, limits));
    const findings = findingsOf(snapshot, stuckAfterNs);
    const status = worst([
      ...measured.map((one) => one.status),
      ...findings.map(({ severity }) => statusOfFinding[severity]),
    ]);
    return { status, measured, findings, observation };
  });
}

/** Not to be allowed to look, or asked wrongly, says nothing about the block; everything else is the block's fault. */
const sayNothing: readonly string[] = [
  'PERMISSION',
  'USAGE',
  'NAME_INVALID',
  'IO',
  'INTERNAL',
  'SYSTEM',
  'FUTURE_VERSION',
];

export function statusOfError(error: unknown): Status {
  if (!(error instanceof DataBlockError)) return Status.Unknown;
  return sayNothing.includes(error.code) ? Status.Unknown : Status.Critical;
}
