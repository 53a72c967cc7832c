import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatUnknown, imageCorrupt, imageTruncated } from './image-problems.ts';
import { streamBytes } from './stream-bytes.ts';

/** Enough for `xz -9` (65 MiB) on several threads; a hostile header asks for up to 4 GiB. */
const memoryLimit = '512MiB';
const messageBytes = 4096;

/**
 * The xz program of XZ Utils, if this machine has it. Not on Windows, where a program in the current folder would be
 * found first; and no other program of that name (busybox's checks less).
 */
export async function findXzProgram(): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  return await new Promise((resolve) => {
    execFile('xz', ['--version'], { env: environment(), timeout: 10_000 }, (error, stdout) => {
      resolve(error === null && stdout.startsWith('xz (XZ Utils)') ? 'xz' : undefined);
    });
  });
}

/** .xz by the xz program, several times as fast as the library; it reads stdin, and learns no path. */
export async function* unxzWithSystem(
  input: AsyncGenerator<Buffer, void>,
  { file, xzProgram }: { file: string; xzProgram: string },
): AsyncGenerator<Uint8Array, void> {
  const child = spawn(
    xzProgram,
    ['--decompress', '--stdout', '--threads=0', `--memlimit-decompress=${memoryLimit}`, '--'],
    { stdio: ['pipe', 'pipe', 'pipe'], env: environment() },
  );
  const exited = exitOf(child);
  const feeding = feed(input, child).then(
    () => undefined,
    (error: unknown) => {
      child.kill('SIGKILL');
      return { error };
    },
  );
  try {
    yield* streamBytes(child.stdout);
    const failure = await feeding;
    if (failure) throw failure.error;
    const { code, message } = await exited;
    if (code !== 0) throw programProblem(file, message);
  } finally {
    child.kill('SIGKILL');
    await Promise.all([feeding, exited]);
  }
}

/** XZ_OPT and XZ_DEFAULTS could change what it does, and a language what it says. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' };
}

async function feed(
  input: AsyncGenerator<Buffer, void>,
  child: ChildProcessWithoutNullStreams,
): Promise<void> {
  const closed = once(child.stdin, 'close').then(
    () => undefined,
    () => undefined,
  );
  // EPIPE: it stopped reading because it gave up; its exit code says why.
  child.stdin.on('error', () => undefined);
  for await (const chunk of input) {
    if (child.stdin.destroyed) continue;
    // Waited for: the input uses its memory again.
    const taken = new Promise<void>((resolve) => child.stdin.write(chunk, () => resolve()));
    await Promise.race([taken, closed]);
  }
  child.stdin.end();
}

async function exitOf(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; message: string }> {
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (message.length < messageBytes) message += text;
  });
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, message: error.message }));
    child.once('close', (code) => resolve({ code, message }));
  });
}

/** The messages of XZ Utils (src/xz/message.c, message_strm), as LC_ALL=C prints them. */
function programProblem(file: string, message: string): unknown {
  if (message.includes('Unexpected end of input'))
    return imageTruncated(file, 'its compressed data ends too early');
  if (message.includes('Memory usage limit'))
    return formatUnknown(file, `its .xz needs more than ${memoryLimit} of memory`);
  if (message.includes('Unsupported'))
    return formatUnknown(file, 'its .xz uses a filter or check this xz does not know');
  if (message.includes('corrupt') || message.includes('not recognized')) {
    return imageCorrupt(file, 'its compressed data does not check');
  }
  return imageCorrupt(file, 'the xz program could not decompress it');
}
