import { spawnSync } from 'node:child_process';

/**
 * The number of a group, from its name or its number. Asks getent, which knows every source of groups of the machine.
 *
 * @throws RangeError when there is no such group
 */
export function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const { stdout, error } = spawnSync('getent', ['group', '--', group], { encoding: 'utf8' });
  if (error !== undefined)
    throw new RangeError(`cannot look up the group "${group}" (getent: ${error.message}); give its number`);
  const id = stdout.split(':')[2];
  if (id === undefined) throw new RangeError(`there is no group "${group}"`);
  return Number(id);
}
