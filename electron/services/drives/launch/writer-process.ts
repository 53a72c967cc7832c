import { spawn } from 'node:child_process';
import { type ChildEnd, childEnd } from './child-end.ts';
import { openWriterInput } from './writer-image.ts';
import type { WriterStart } from './writer-launcher.ts';

/** What is started with the private folder as its last argument: `[node, script]`, or `[helper]`. All absolute. */
export interface LaunchedProgram {
  readonly argv: readonly [string, ...string[]];
}

export interface WriterProcess {
  readonly end: Promise<ChildEnd>;
  /** Asks it to end; one that runs as root by now is not ours to signal, and goes on. */
  stop(): void;
}

/** Starts a program by an argv array, with the image as its stdin and nothing of ours besides. IMAGE_FILE_MISSING. */
export async function spawnWriter(
  { argv: [program, ...parameters] }: LaunchedProgram,
  request: Pick<WriterStart, 'folder' | 'imagePath'>,
): Promise<WriterProcess> {
  const input = await openWriterInput(request.imagePath);
  try {
    const child = spawn(program, [...parameters, request.folder], {
      stdio: [input.fd, 'ignore', 'pipe'],
      env: environment(),
      cwd: '/',
      // A session of its own: Ctrl-C is for the app, which cancels, and lets the writer leave the drive as it must.
      detached: true,
    });
    // At once: it may have ended by the time that anything else was waited for.
    const end = childEnd(child);
    return { end, stop: () => void child.kill('SIGTERM') };
  } finally {
    await input.close();
  }
}

/** Nothing that could change what Node does (NODE_OPTIONS), nothing that is none of its business. */
function environment(): NodeJS.ProcessEnv {
  const { LANG } = process.env;
  return { PATH: writerPath(), ...(LANG === undefined ? {} : { LANG }) };
}

/** The operator's, and where the system keeps what administrators use. Absolute folders only: it may run as root. */
export function writerPath(): string {
  const own = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return [...own, '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':');
}
