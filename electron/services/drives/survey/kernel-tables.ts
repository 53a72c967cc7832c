/** The kernel's tables of what is mounted and what is swapped onto, as text files below /proc. */

/** A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)), its escapes undone. */
export interface Mount {
  /** `major:minor` of the file system; major 0 when no single block device is behind it. */
  readonly number: string;
  readonly mountpoint: string;
  readonly fileSystem: string;
  /** As it was named when it was mounted: often a device, never to be trusted to be one. */
  readonly source: string;
  /** The file system's own options, still escaped as that file system does it. */
  readonly options: string;
}

export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ', 2);
    const [, , number, , mountpoint] = left?.split(' ') ?? [];
    const [fileSystem, source, options = ''] = right?.split(' ') ?? [];
    if (!number || !mountpoint || !fileSystem || source === undefined) return [];
    return [
      {
        number,
        mountpoint: unescaped(mountpoint),
        fileSystem: unescaped(fileSystem),
        source: unescaped(source),
        options: unescaped(options),
      },
    ];
  });
}

/** The paths in `/proc/swaps` (proc(5)): of devices and of files. */
export function parseSwaps(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path] = line.split(/[ \t]+/);
      return path ? unescaped(path).replace(/ \(deleted\)$/, '') : [];
    });
}

/** Blanks and the like stand as three octal digits, `\040`: byte by byte, so that UTF-8 comes out right. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text);
  const plain: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const digits = /^\\([0-3][0-7]{2})/.exec(bytes.toString('latin1', at, at + 4))?.[1];
    plain.push(digits === undefined ? (bytes[at] ?? 0) : Number.parseInt(digits, 8));
    if (digits !== undefined) at += 3;
  }
  return Buffer.from(plain).toString('utf8');
}
