/** Checks a block's content against the rules of the protocol. */
import type { SegmentInfo, ValidationReport } from '../native';
import { ExitCode } from './exit-code';
import { observing, type ObserverLocation } from './opening';

export interface Validation extends ValidationReport {
  info: SegmentInfo;
}

/** Read-only. `checksums`: also recompute those of the messages. */
export function validate(name: string, location: ObserverLocation, checksums: boolean): Validation {
  return observing(name, location, (observer) => ({
    info: observer.info(),
    ...observer.validate(checksums),
  }));
}

export function exitOfValidation({ violations }: ValidationReport): number {
  if (violations.length === 0) return ExitCode.Ok;
  return violations.every(({ repairable }) => repairable) ? ExitCode.SafeToRepair : ExitCode.Corrupt;
}
