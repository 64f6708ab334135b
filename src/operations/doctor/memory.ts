/** The memory that blocks live in. */
import { formatSize } from '../../render/size';
import { asRoot, mountOf, softLimit, type FileSystem, type Machine } from './machine';
import { note, ok, problem, type Symptom } from './symptom';

const MiB = 2 ** 20;

/** Smaller than this is what container runtimes give by default. */
const SMALL = 128 * MiB;
const FULL = 0.9;

const names: Readonly<Record<number, string>> = {
  0x01021994: 'tmpfs',
  0x858458f6: 'ramfs',
  0x958458f6: 'hugetlbfs',
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
  0x6969: 'nfs',
  0xff534d42: 'cifs',
  0xfe534d42: 'smb',
  0x65735546: 'fuse',
  0x01021997: '9p',
};

const inMemory: readonly string[] = ['tmpfs', 'ramfs', 'hugetlbfs'];

function nameOf({ type }: FileSystem): string {
  return names[type >>> 0] ?? `type 0x${(type >>> 0).toString(16)}`;
}

function kindOf(directory: string, fileSystem: FileSystem): Symptom {
  const topic = 'file system';
  const name = nameOf(fileSystem);
  if (inMemory.includes(name)) return ok(topic, `${directory} is on ${name}`);
  return note(
    topic,
    `${directory} is on ${name}: the kernel writes blocks there to the disk now and then`,
    'export DATABLOCK_DIR=/dev/shm',
  );
}

function roomIn(machine: Machine, directory: string, { bytes, freeBytes }: FileSystem): Symptom {
  const topic = 'room';
  const text = `${formatSize(freeBytes)} of ${formatSize(bytes)} free in ${directory}`;
  const point = mountOf(machine, directory)?.point ?? directory;
  const enlarge = asRoot(machine, `mount -o remount,size=1g ${point}`);
  if (bytes > 0 && freeBytes / bytes < 1 - FULL) {
    return problem(topic, `${text}: new blocks will fail with NO_SPACE`, 'datablock-admin prune');
  }
  if (bytes < SMALL) return note(topic, `${text}: that is little (docker run --shm-size=1g)`, enlarge);
  return ok(topic, text);
}

function writable(machine: Machine, directory: string): Symptom | null {
  const mount = mountOf(machine, directory);
  if (mount?.options.includes('ro') !== true) return null;
  return problem(
    'read-only',
    `${mount.point} is mounted read-only: nobody can attach to a block there`,
    asRoot(machine, `mount -o remount,rw ${mount.point}`),
  );
}

/** The one in brackets of `always [never] advise`. */
function chosen(text: string | null): string | null {
  return /\[(\S+)\]/.exec(text ?? '')?.[1] ?? null;
}

function transparentHugePages(machine: Machine): Symptom {
  const topic = 'transparent huge pages';
  const file = '/sys/kernel/mm/transparent_hugepage/shmem_enabled';
  const choice = chosen(machine.read(file));
  if (choice === null) return ok(topic, 'the kernel has none for shared memory');
  if (choice !== 'never' && choice !== 'deny') return ok(topic, `for shared memory: ${choice}`);
  const mend = asRoot(machine, `echo within_size > ${file}`);
  return note(topic, `for shared memory: ${choice}; large blocks are faster with them`, mend);
}

function hugePages(machine: Machine): Symptom {
  const topic = 'huge pages';
  const total = Number(/^HugePages_Total: +(\d+)/m.exec(machine.read('/proc/meminfo') ?? '')?.[1] ?? 0);
  return ok(topic, total === 0 ? 'none reserved, and none needed' : `${total} reserved`);
}

function swapping(machine: Machine): Symptom {
  const swaps = (machine.read('/proc/swaps') ?? '').split('\n').filter((line) => line.startsWith('/'));
  const locked = softLimit(machine, 'Max locked memory');
  const lockable =
    locked === null ? '' : `; memlock ${locked === Infinity ? 'unlimited' : formatSize(locked)}`;
  if (swaps.length === 0) return ok('swap', `none: blocks stay in memory${lockable}`);
  return note(
    'swap',
    `there is swap: a block that nobody touches for long may be swapped out${lockable}`,
    asRoot(machine, 'swapoff -a'),
  );
}

export function examineMemory(machine: Machine, directory: string): Symptom[] {
  const fileSystem = machine.fileSystem(directory);
  const mend = `mkdir -p ${directory}`;
  const ofDirectory =
    fileSystem === null
      ? [problem('directory', `${directory} is not there, or may not be looked at`, mend)]
      : [kindOf(directory, fileSystem), roomIn(machine, directory, fileSystem), writable(machine, directory)];
  return [
    ...ofDirectory.filter((symptom) => symptom !== null),
    transparentHugePages(machine),
    hugePages(machine),
    swapping(machine),
  ];
}
