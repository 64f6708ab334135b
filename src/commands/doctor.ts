import { BaseCommand, type Outcome } from '../cli/base-command';
import { checkUp, exitOfCheckUp } from '../operations/doctor/doctor';
import { renderCheckUp } from '../render/doctor';

export default class Doctor extends BaseCommand {
  static override summary = 'Say what on this machine will bite, and how to mend it.';
  static override description =
    'Looks at the room and the file system of the directory, at locks, membarrier, /proc, namespaces, limits, huge pages, ' +
    'RemoveIPC of systemd-logind, and at what those run who are attached. For a moment it makes a block of its own, in a ' +
    'folder that no command lists. Exit code 2 when there is a problem.';
  static override examples = ['datablock-admin doctor', 'datablock-admin doctor --dir /dev/shm --json'];

  protected override async execute(): Promise<Outcome> {
    await this.parse(Doctor);
    const result = checkUp(this.location);
    return { exit: exitOfCheckUp(result), result, text: (style) => renderCheckUp(result, style) };
  }
}
