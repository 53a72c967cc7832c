import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'sifaka-rig-';
const cgroupMount = '/sys/fs/cgroup';

/** The roots of the hierarchies that systemd uses: one, or two on a machine with cgroup v1. */
export function hierarchies(): string[] {
  if (existsSync(join(cgroupMount, 'cgroup.controllers'))) return [cgroupMount];
  return ['unified', 'systemd'].map((name) => join(cgroupMount, name)).filter((path) => existsSync(path));
}

/** What the names of a process's clusters begin with: nobody else's do, even where process numbers are used again. */
export async function ownPrefix(): Promise<string> {
  return `${prefix}${await world()}-${process.pid}-${await startOf(process.pid)}-`;
}

/**
 * Takes away what clusters left whose owner is dead and whose supervisor was killed before it could. One that is only just
 * being taken away is helped by it.
 */
export async function removeAbandoned(): Promise<void> {
  const own = await world();
  for (const hierarchy of hierarchies()) {
    for (const name of await readdir(hierarchy)) {
      if (!(await isAbandoned(name, own))) continue;
      const group = join(hierarchy, name);
      await writeFile(join(group, 'cgroup.kill'), '1').catch(() => undefined);
      await removeGroup(group);
    }
  }
  for (const name of await readdir(tmpdir()))
    if (await isAbandoned(name, own)) await rm(join(tmpdir(), name), { recursive: true, force: true });
}

async function isAbandoned(name: string, ownWorld: string): Promise<boolean> {
  if (!name.startsWith(prefix)) return false;
  const [of, pid, start] = name.slice(prefix.length).split('-');
  return of === ownWorld && (await startOf(Number(pid))) !== start;
}

/** The number of the namespace that process numbers are of. */
async function world(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

/** When a process started, in ticks since the kernel did; empty when there is none. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in parentheses, may hold anything.
  return stat.replace(/^.*\) /s, '').split(' ')[19] ?? '';
}

async function removeGroup(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  // The kernel may still be taking away its processes: the next start finds it again.
  await rmdir(group).catch(() => undefined);
}
