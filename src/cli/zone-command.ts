/** A command about one zone of a block, under a spinlock if one is asked for. */
import { Args, Flags } from '@oclif/core';
import { isInDoubt, exitOfTransfer, type Locking, type ZoneTransfer } from '../operations/zones';
import type { Style } from '../render/style';
import type { Outcome } from './base-command';
import { BlockCommand } from './block-command';
import { durationFlag } from './unit-flags';
import { usageError } from './usage-error';

export const zoneArgs = {
  ...BlockCommand.args,
  ZONE: Args.string({ ignoreStdin: true, description: 'Name of the zone, as zone list shows it.' }),
};

export const lockFlags = {
  lock: Flags.integer({ min: 0, max: 31, helpValue: 'K', summary: 'Hold spinlock K meanwhile.' }),
  timeout: durationFlag({
    summary: 'Longest wait for the lock; then exit 75 (default: $DATABLOCK_TIMEOUT_LOCK_MS, else 10s).',
  }),
  'mark-consistent': Flags.boolean({
    dependsOn: ['lock'],
    summary: 'What the lock protects is whole: later owners are not told of one that died with it any more.',
  }),
};

/** With `--shm-name` the only argument is the zone. */
export function zoneArguments(
  { NAME, ZONE }: { NAME?: string | undefined; ZONE?: string | undefined },
  shmName: string | undefined,
): { block: { NAME?: string | undefined }; zone: string } {
  const named = ZONE === undefined && shmName !== undefined;
  const zone = named ? NAME : ZONE;
  if (zone === undefined) throw usageError('the name of the zone is missing');
  return { block: named ? {} : { NAME }, zone };
}

export function lockingOf(flags: {
  lock?: number | undefined;
  timeout?: number | undefined;
  'mark-consistent'?: boolean | undefined;
}): Locking | undefined {
  if (flags.lock === undefined) return undefined;
  return {
    spinlock: flags.lock,
    timeoutMs: flags.timeout === undefined ? undefined : Math.ceil(flags.timeout),
    markConsistent: flags['mark-consistent'] ?? false,
  };
}

export function transferOutcome(
  target: string,
  transfer: ZoneTransfer,
  render: (transfer: ZoneTransfer, style: Style) => string,
): Outcome {
  const doubt = `an owner of spinlock ${String(transfer.lock?.spinlock)} died or left with it: what it protects may be half-updated`;
  return {
    exit: exitOfTransfer(transfer),
    target,
    result: transfer,
    note: (style) => render(transfer, style),
    warnings: isInDoubt(transfer) ? [doubt] : [],
  };
}
