import { whyNotOnWindows } from '../../../../shared/windows-names.ts';

/** Below these folders of a node, and nowhere else, a design may have files. */
export const allowedRoots = [
  'etc/network/interfaces.d',
  'etc/systemd/network',
  'etc/systemd/system',
  'etc/udev/rules.d',
  'etc/modules-load.d',
  'etc/sysctl.d',
  'usr/local/sbin',
  'usr/local/lib',
] as const;

/** The lab's folder of designs, and in a design the folder of what all nodes have alike. */
export const deployFolder = 'deploy';
export const commonFolder = 'common';

const longestPath = 200;
/** ext4 takes 255 bytes; a deploy keeps the old file beside it under a longer name. */
const longestName = 100;

/**
 * Why a path of a design (relative to `common/` or to a node's folder) is not one that a deploy may write;
 * `undefined` when it is. Names are of a few plain characters: no program on the way to a node, and none that reads the
 * file there, can take one for something else.
 */
export function whyNotInDesign(path: string): string | undefined {
  if (path.length > longestPath) return `is longer than ${longestPath} characters`;
  for (const name of path.split('/')) {
    const reason = whyNotAName(name);
    if (reason !== undefined) return reason;
  }
  if (!allowedRoots.some((root) => path.startsWith(`${root}/`))) {
    return `is not below ${allowedRoots.slice(0, -1).join(', ')} or ${allowedRoots.at(-1)}`;
  }
  return undefined;
}

function whyNotAName(name: string): string | undefined {
  if (name === '') return 'has an empty part';
  if (name === '.' || name === '..') return 'has a . or .. in it';
  if (name.startsWith('.')) return 'has a hidden part';
  if (name.length > longestName) return `has a part of more than ${longestName} characters`;
  if (!/^[A-Za-z0-9@_.+-]+$/.test(name)) return 'has a character other than letters, digits and @ _ . + -';
  if (name.startsWith('-')) return 'has a part that begins with a hyphen, as an option does';
  // What the deploy itself keeps on a node, so that no design can put itself in its place.
  if (/^sifaka-/i.test(name) || /\.sifaka-/i.test(name)) return 'has a name that the deploy keeps for itself';
  const windows = whyNotOnWindows(name);
  return windows === undefined ? undefined : `has a part that ${windows}`;
}

/** Whether a path may be a folder of a design: a root, on the way to one, or below one. */
export function isDesignFolder(path: string): boolean {
  return (
    allowedRoots.some((root) => root === path || root.startsWith(`${path}/`)) ||
    whyNotInDesign(path) === undefined
  );
}
