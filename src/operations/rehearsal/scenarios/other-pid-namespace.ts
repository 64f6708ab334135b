import { newPidNamespace } from '../namespace';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const otherPidNamespace: Scenario = {
  name: 'other-pid-namespace',
  summary: 'The writer runs in a container of its own, as pid 1.',
  async play(stage) {
    const prefix = newPidNamespace();
    stage.say(
      'A writer in another PID namespace, where it is pid 1. Ours has a pid 1 too, which is another process.',
    );
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64', '--self-heal', 'off'], 0);
    const writer = stage.start(['produce', block, '--hold', '60s'], { input: 'one\n', prefix });
    await stage.writing();
    stage.say('It lives: its lock says so, in any namespace.');
    await stage.run(
      ['diagnose', block],
      0,
      /PID 1 of PID namespace \d+ \(PID \d+ here\)[^]*ALIVE: lock byte held/,
    );
    const output = await stage.run(['force-reset-slot', block, '--slot', '0'], 5, /OWNER_ALIVE/);
    const pid = Number(/\(PID (\d+) here\)/.exec(output)?.[1] ?? 0);

    stage.say('It is killed, by the pid that it has here.');
    await stage.kill(writer, pid);
    await stage.run(['diagnose', block], 2, /DEAD: lock byte free/);
    await stage.run(['auto-recover', block], 1, /\[OK\] Released zombie writer on slot 0/);
    await stage.run(['diagnose', block], 0, /Healthy/);
  },
};
