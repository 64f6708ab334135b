import { StepCommand } from '../cli/step-command';

export default class ReleaseZombieWriter extends StepCommand {
  static override summary = 'Release the slots of dead producers, so that the ring can go on.';
  static override description =
    'One step of auto-recover: the slots of dead producers, and their entries. Acts on the dead only; a message that its producer never finished is skipped by consumers.';
  static override examples = [
    'datablock-admin release-zombie-writer sensor --dry-run',
    'datablock-admin release-zombie-writer sensor',
  ];

  protected override readonly step = 'writer';
}
