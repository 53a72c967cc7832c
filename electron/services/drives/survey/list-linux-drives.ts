import { join } from 'node:path';
import { Problem } from '../../../../shared/problem.ts';
import type { Drive } from '../../../../shared/schemas/drive.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { readDrivelist } from './drivelist-drives.ts';
import { describeDrive, wholeDrives } from './linux-drives.ts';
import { parseLsblk, runLsblk } from './lsblk.ts';
import { readMountedSpace, type MountedSpace } from './mounted-space.ts';
import type { DriveOpinion } from './second-opinions.ts';
import { readSignatures } from './signatures.ts';
import { attribute, namesIn } from './sysfs.ts';
import { readSystemState, type SystemRoots } from './system-state.ts';

/** Where a list of drives comes from on Linux. */
export interface LinuxSources extends SystemRoots {
  /** `/run/udev` */
  readonly udevRoot: string;
  /** First; `undefined` when it cannot be had, and then nothing is listed. */
  drivelist(): Promise<ReadonlyMap<string, DriveOpinion> | undefined>;
  /** lsblk's JSON. */
  lsblk(): Promise<string | undefined>;
  /** `undefined` when it cannot be had, which is no contradiction. */
  mountedSpace(): Promise<readonly MountedSpace[] | undefined>;
  /** What is recognised on these devices, of those that may be read. */
  signatures: typeof readSignatures;
}

export const linuxSources: LinuxSources = {
  sysRoot: '/sys',
  procRoot: '/proc',
  udevRoot: '/run/udev',
  drivelist: readDrivelist,
  lsblk: runLsblk,
  mountedSpace: readMountedSpace,
  signatures: readSignatures,
};

/**
 * Every whole drive, or only the one of a path, sorted by path. When two sources contradict each other, all are asked once more, since something may
 * have been mounted or unplugged between the questions; what they then say stands. DRIVE_FAILED.
 */
export async function listLinuxDrives(
  sources: LinuxSources,
  protectedPaths: readonly string[],
  only?: string,
): Promise<Drive[]> {
  const first = await surveyOnce(sources, protectedPaths, only);
  const agreed = first.every(({ disagreements }) => disagreements.length === 0);
  const drives = agreed ? first : await surveyOnce(sources, protectedPaths, only);
  return drives.map(({ drive }) => drive);
}

async function surveyOnce(
  sources: LinuxSources,
  protectedPaths: readonly string[],
  only: string | undefined,
) {
  const state = await readSystemState(sources, protectedPaths).catch((error: unknown) => {
    if (systemErrorCode(error) === undefined) throw error;
    throw notListed('The system does not say which drives it has.', error);
  });
  const drives = wholeDrives(state).filter(({ path }) => only === undefined || path === only);
  const own = drives.flatMap(({ name, partitions, size }) => (size ? [name, ...partitions] : []));
  const paths = own.flatMap((name) => state.devices.get(name)?.path ?? []);
  const [drivelist, lsblk, mountedSpace, signatures, database] = await Promise.all([
    sources.drivelist(),
    sources.lsblk(),
    sources.mountedSpace(),
    sources.signatures(paths),
    namesIn(join(sources.udevRoot, 'data')),
  ]);
  const listed = lsblk === undefined ? undefined : parseLsblk(lsblk);
  if (drivelist === undefined || listed === undefined)
    throw notListed('lsblk, which lists drives, cannot be run or understood.');
  const survey = {
    state,
    drivelist,
    lsblk: listed,
    mountedSpace: mountedSpace ?? [],
    signatures: signatures.found,
    looked: signatures.looked,
    hasDatabase: database.length > 0,
  };
  return drives.map((drive) => describeDrive(drive, survey));
}

/**
 * What changes when a drive comes or goes, a card is changed, or something is mounted, attached or partitioned: a few
 * small files, and no program is started.
 */
export async function linuxFingerprint({ sysRoot, procRoot }: SystemRoots): Promise<string> {
  const folder = join(sysRoot, 'block');
  const drives = await Promise.all(
    (await namesIn(folder)).map(async (name) => {
      const read = (file: string) => attribute(join(folder, name, file));
      const entries = (await namesIn(join(folder, name))).filter((entry) => entry.startsWith(name));
      const holders = await namesIn(join(folder, name, 'holders'));
      const facts = [
        await read('diskseq'),
        await read('size'),
        await read('ro'),
        await read('loop/backing_file'),
      ];
      return [name, facts, entries, holders];
    }),
  );
  const tables = [
    await attribute(join(procRoot, 'self', 'mountinfo')),
    await attribute(join(procRoot, 'swaps')),
  ];
  return JSON.stringify([drives, tables]);
}

function notListed(what: string, cause?: unknown): Problem {
  return new Problem(
    'DRIVE_FAILED',
    {
      what,
      state: 'Nothing was written.',
      next: 'Check that lsblk (util-linux) is installed and that /sys and /proc are there, then look again.',
    },
    { cause },
  );
}
