import { randomUUID } from 'node:crypto';
import { copyFileSync, lstatSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';

/**
 * What a script does: the newer file is copied over the older one, in place. It is here so that the proof can be seen to fail.
 * `keepsOld`: the older version is put aside before. Undisturbed that loses nothing; but faults and kills make it tear files,
 * and a torn copy with a new time then takes the source's place.
 */
export function unsafePass(source: string, destination: string, keepsOld: boolean): number {
  let operations = 0;
  const aside = `${destination}/.sifaka-trash`;
  mkdirSync(aside, { recursive: true });
  const enter = (folder: string): void => {
    for (const entry of readdirSync(`${source}${folder}`, { withFileTypes: true })) {
      if (entry.name.startsWith('.sifaka')) continue;
      const path = `${folder}/${entry.name}`;
      const [from, to] = [`${source}${path}`, `${destination}${path}`];
      if (entry.isDirectory()) {
        const there = lstatSync(to, { throwIfNoEntry: false });
        if (there === undefined) mkdirSync(to);
        if (there?.isDirectory() !== false) enter(path);
      } else if (entry.isFile()) {
        const stats = lstatSync(from);
        const there = lstatSync(to, { throwIfNoEntry: false });
        if (there !== undefined && !there.isFile()) continue;
        if (there !== undefined && there.mtimeMs >= stats.mtimeMs) continue;
        operations++;
        try {
          if (keepsOld && there !== undefined) copyFileSync(to, `${aside}/${randomUUID()}`);
          copyFileSync(from, to);
          utimesSync(to, stats.mtimeMs / 1000, stats.mtimeMs / 1000);
        } catch {
          // What failed is tried again next time.
        }
      }
    }
  };
  enter('');
  return operations;
}
