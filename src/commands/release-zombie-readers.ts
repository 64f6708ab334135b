import { StepCommand } from '../cli/step-command';

export default class ReleaseZombieReaders extends StepCommand {
  static override summary = 'Release what dead consumers hold, so that producers can go on.';
  static override description =
    'One step of auto-recover: the holds and pins of dead consumers, and their entries. Acts on the dead only; nothing is lost.';
  static override examples = [
    'datablock-admin release-zombie-readers sensor --dry-run',
    'datablock-admin release-zombie-readers sensor',
  ];

  protected override readonly step = 'readers';
}
