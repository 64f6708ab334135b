import { sharedPidNamespace } from '../namespace';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const pidReuse: Scenario = {
  name: 'pid-reuse',
  summary: 'The writer is dead, and its pid belongs to another process.',
  async play(stage) {
    const { prefix } = await sharedPidNamespace(stage);
    const inside = { prefix };
    stage.say('A writer is killed with a slot in its hand (in a PID namespace, where pids are cheap).');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64', '--self-heal', 'off'], 0);
    const writer = stage.start(['produce', block, '--hold', '60s'], { input: 'one\n', prefix });
    await stage.writing();
    const pid = stage.look()?.participants[0]?.pid ?? 0;
    await stage.shell(`kill -KILL ${pid}`, inside);
    await writer.ended;

    stage.say('The kernel gives its pid to somebody else.');
    const taken = await stage.shell(
      `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; sleep 600 >/dev/null 2>&1 & echo $!`,
      inside,
    );
    stage.expect(`pid ${pid} is in use again`, Number(taken) === pid);

    stage.say(
      'Nobody takes the one for the other: not the living for the dead, nor the dead for the living.',
    );
    await stage.run(
      ['diagnose', block],
      2,
      new RegExp(`DEAD: lock byte free, pid ${pid} now belongs to sleep, started later`),
      inside,
    );
    await stage.run(['force-reset-slot', block, '--slot', '0', '--kill'], 1, /reset to FREE/, inside);
    await stage.run(['auto-recover', block], 1, undefined, inside);
    await stage.shell(`kill -0 ${pid} && echo "pid ${pid} still runs"`, inside);
    await stage.run(['diagnose', block], 0, /Healthy/, inside);
  },
};
