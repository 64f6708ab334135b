/** Signals to processes that are known by a number only. */
import { until, type Child } from './child';

/** As process.kill, for one process: 0 and less, which mean whole groups of processes (ours among them), are refused. */
export function signal(pid: number, name: NodeJS.Signals): void {
  if (!Number.isInteger(pid) || pid <= 1) throw new RangeError(`${pid} is no process to send ${name} to`);
  // eslint-disable-next-line no-restricted-properties -- what this file is for
  process.kill(pid, name);
}

/** The pid that a child prints as its first line. */
export async function pidToldBy(child: Child): Promise<number> {
  await until('it tells a pid', () => child.stdout.includes('\n'));
  return Number.parseInt(child.stdout, 10);
}
