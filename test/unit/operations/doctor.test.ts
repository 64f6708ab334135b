import { examineMemory } from '../../../src/operations/doctor/memory';
import { asRoot, mountOf, softLimit, type Machine } from '../../../src/operations/doctor/machine';
import { examineProcesses } from '../../../src/operations/doctor/processes';
import { examineSession } from '../../../src/operations/doctor/session';
import type { Symptom } from '../../../src/operations/doctor/symptom';

interface Answers {
  uid?: number;
  files?: Readonly<Record<string, string>>;
  links?: Readonly<Record<string, string>>;
  folders?: Readonly<Record<string, string[]>>;
  fileSystem?: { type: number; bytes: number; freeBytes: number } | null;
}

const GiB = 2 ** 30;
const tmpfs = { type: 0x01021994, bytes: 8 * GiB, freeBytes: 8 * GiB };

function machine({ uid = 1000, files = {}, links = {}, folders = {}, fileSystem = tmpfs }: Answers): Machine {
  return {
    uid,
    read: (path) => files[path] ?? null,
    link: (path) => links[path] ?? null,
    list: (path) => folders[path] ?? [],
    fileSystem: () => fileSystem,
  };
}

const mountinfo = `23 28 0:21 / /proc rw,nosuid shared:11 - proc proc rw,hidepid=invisible
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 28 0:25 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw
32 31 0:26 / /dev/shm/frozen ro shared:5 - tmpfs tmpfs rw
`;

function about(topic: string, symptoms: readonly Symptom[]): Symptom | undefined {
  return symptoms.find((symptom) => symptom.topic === topic);
}

describe('memory', () => {
  const memory = (answers: Answers, directory = '/dev/shm'): Symptom[] =>
    examineMemory(machine(answers), directory);

  test('plenty of it', () => {
    const symptoms = memory({ files: { '/proc/self/mountinfo': mountinfo } });
    expect(symptoms.filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  test('little, full, not there', () => {
    expect(about('room', memory({ fileSystem: { ...tmpfs, bytes: 64e6, freeBytes: 64e6 } }))?.level).toBe(
      'note',
    );
    expect(about('room', memory({ fileSystem: { ...tmpfs, freeBytes: GiB / 100 } }))).toMatchObject({
      level: 'problem',
      command: 'datablock-admin prune',
    });
    expect(about('directory', memory({ fileSystem: null }))?.level).toBe('problem');
  });

  test('a disk, and what it is called', () => {
    expect(about('file system', memory({ fileSystem: { ...tmpfs, type: 0xef53 } }, '/var'))?.text).toMatch(
      /ext4/,
    );
    expect(
      about('file system', memory({ fileSystem: { ...tmpfs, type: 0xff534d42 - 2 ** 32 } }))?.text,
    ).toMatch(/cifs/);
    expect(about('file system', memory({ fileSystem: { ...tmpfs, type: 7 } }))?.text).toMatch(/type 0x7/);
  });

  test('read-only', () => {
    const files = { '/proc/self/mountinfo': mountinfo };
    expect(about('read-only', memory({ files }, '/dev/shm/frozen'))?.level).toBe('problem');
    expect(about('read-only', memory({ files }, '/dev/shm/other'))).toBeUndefined();
  });

  test('transparent huge pages, swap', () => {
    const files = {
      '/sys/kernel/mm/transparent_hugepage/shmem_enabled': 'always within_size advise [never] deny force\n',
      '/proc/swaps': 'Filename Type Size\n/dev/sda2 partition 100\n',
      '/proc/meminfo': 'HugePages_Total:      12\n',
    };
    const symptoms = memory({ files });
    expect(about('transparent huge pages', symptoms)?.command).toMatch(/^sudo sh -c "echo within_size > /);
    expect(about('swap', symptoms)?.level).toBe('note');
    expect(about('huge pages', symptoms)?.text).toBe('12 reserved');
  });
});

describe('processes', () => {
  const limits = 'Limit  Soft Limit  Hard Limit  Units\nMax open files            64  1024  files\n';

  test('/proc is hidden, the namespace is another one, few descriptors', () => {
    const symptoms = examineProcesses(
      machine({
        files: { '/proc/self/mountinfo': mountinfo, '/proc/self/stat': '1', '/proc/self/limits': limits },
        links: { '/proc/self/ns/pid': 'pid:[4026532208]' },
      }),
    );
    expect(symptoms.map(({ level }) => level)).toEqual(['ok', 'note', 'note', 'problem']);
    expect(symptoms[1]?.text).toMatch(/hidepid=invisible/);
  });

  test('no /proc at all', () => {
    const symptoms = examineProcesses(machine({}));
    expect(about('/proc', symptoms)?.level).toBe('problem');
    expect(softLimit(machine({}), 'Max open files')).toBeNull();
  });
});

describe('RemoveIPC', () => {
  const systemd = { '/run/systemd/system': ['x'] };
  const session = (answers: Answers, directory = '/dev/shm'): Symptom =>
    examineSession(machine({ folders: systemd, ...answers }), directory);

  test('unset means yes: a problem of regular users', () => {
    expect(session({}).level).toBe('problem');
    expect(session({ uid: 0 }).level).toBe('note');
    expect(session({ uid: 0 }).command).toMatch(/RemoveIPC=no/);
  });

  test('nobody removes, or not there', () => {
    expect(session({ folders: {} }).level).toBe('ok');
    expect(session({}, '/mnt/blocks').level).toBe('ok');
    expect(session({}, '/dev/shm/mine').level).toBe('problem');
  });

  test('the last word of all files wins; a comment is none', () => {
    const main = '/etc/systemd/logind.conf';
    expect(session({ files: { [main]: '[Login]\nRemoveIPC=no\n' } }).level).toBe('ok');
    expect(session({ files: { [main]: '[Login]\n#RemoveIPC=no\n' } }).level).toBe('problem');
    const folders = { ...systemd, '/etc/systemd/logind.conf.d': ['b.conf', 'a.conf', 'ignored.txt'] };
    const files = {
      [main]: 'RemoveIPC=yes',
      '/etc/systemd/logind.conf.d/a.conf': 'RemoveIPC=yes',
      '/etc/systemd/logind.conf.d/b.conf': 'RemoveIPC = no',
    };
    expect(session({ folders, files }).level).toBe('ok');
  });
});

test('the innermost mount counts', () => {
  const here = machine({ files: { '/proc/self/mountinfo': mountinfo } });
  expect(mountOf(here, '/dev/shm/frozen/x')?.point).toBe('/dev/shm/frozen');
  expect(mountOf(here, '/dev/shmx')?.point).toBe('/');
});

test('root needs no sudo', () => {
  expect(asRoot(machine({ uid: 0 }), 'echo 1')).toBe('echo 1');
  expect(asRoot(machine({}), 'echo 1')).toBe('sudo sh -c "echo 1"');
});
