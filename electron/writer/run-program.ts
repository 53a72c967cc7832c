import { spawn } from 'node:child_process';

/** The last is NixOS'. */
const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';
const mostWords = 300;

/**
 * Runs one of the system's programs, by an argv array, with nothing of the caller's environment; killed by the signal. A
 * `descriptor` is its own number 3. Resolves when it is gone; code 127 when it is not installed.
 */
export function runProgram(
  name: string,
  parameters: readonly string[],
  { signal, descriptor }: { signal?: AbortSignal; descriptor?: number } = {},
): Promise<{ code: number; words: string }> {
  return new Promise((resolve) => {
    const child = spawn(name, parameters, {
      stdio: ['ignore', 'ignore', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
      env: { PATH: systemPath, LC_ALL: 'C' },
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    });
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = `${words}${text}`.slice(0, mostWords);
    });
    child.on('error', () => {
      // Aborted is an error, too; but a program that the kernel does not let go of still works on the drive.
      if (child.pid === undefined) resolve({ code: 127, words: `${name} is not installed` });
    });
    child.on('close', (code) => resolve({ code: code ?? 1, words: words.replaceAll(/\s+/g, ' ').trim() }));
  });
}
