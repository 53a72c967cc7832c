import { Problem } from '../../../shared/problem.ts';
import { whyNotOnWindows } from '../../../shared/windows-names.ts';
import { onOneLine } from './plain-text.ts';

const longestPath = 512;

/**
 * The parts of a path in the lab: relative, forward slashes, no `.` or `..`. What Windows would read as something else
 * (a drive, an alternate stream, a backslash, a device, a name that ends with a dot or a blank) is refused everywhere,
 * since labs travel. An empty path is the lab itself.
 */
export function labPathParts(path: string): string[] {
  const reason = whyNot(path);
  if (reason) {
    throw new Problem('LAB_PATH_ESCAPES', {
      what: `"${onOneLine(path)}" is not a path inside the lab: ${reason}.`,
      state: 'Nothing was read or written.',
      next: 'Name the file relative to the lab folder, with forward slashes, as in metis/inventory.yaml.',
    });
  }
  return path === '' ? [] : path.split('/');
}

function whyNot(path: string): string | undefined {
  if (path === '') return undefined;
  if (path.length > longestPath) return `it is longer than ${longestPath} characters`;
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return 'it has control characters';
  if (path.includes('\\')) return 'it has a backslash';
  if (path.includes(':')) return 'it has a colon, as a drive letter does';
  if (path.startsWith('/')) return 'it is absolute';
  for (const part of path.split('/')) {
    if (part === '') return 'it has an empty part';
    if (part === '.' || part === '..') return 'it has a . or .. in it';
    const strange = whyNotOnWindows(part);
    if (strange !== undefined) return `a part of it ${strange}`;
  }
  return undefined;
}
