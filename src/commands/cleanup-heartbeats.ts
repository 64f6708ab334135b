import { StepCommand } from '../cli/step-command';

export default class CleanupHeartbeats extends StepCommand {
  static override summary = 'Free the entries of dead participants that hold nothing else.';
  static override description =
    'One step of auto-recover: entries whose participant is dead and has no slot, hold or pin any more, so that others can attach in their place. What dead participants still hold is left to release-zombie-readers and release-zombie-writer.';
  static override examples = [
    'datablock-admin cleanup-heartbeats sensor --dry-run',
    'datablock-admin cleanup-heartbeats sensor',
  ];

  protected override readonly step = 'entries';
}
