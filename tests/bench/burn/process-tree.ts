import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process and all its descendants, shared pages counted once (PSS). Bytes. */
export function treeMemory(pid: number): number {
  let bytes = 0;
  for (const one of [pid, ...descendants(pid)]) {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(contentOf(`/proc/${one}/smaps_rollup`))?.[1];
    bytes += Number(kibibytes ?? 0) * 1024;
  }
  return bytes;
}

function descendants(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    contentOf(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.concat(children.flatMap(descendants));
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has ended since it was listed.
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It has ended since it was listed.
  }
}
