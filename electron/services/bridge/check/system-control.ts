import { execFile } from 'node:child_process';

/** What a program of systemd answered: its exit code, and what it printed. */
export interface ControlAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** systemctl and loginctl of this machine, for the user who runs this. */
export type SystemControl = (
  program: 'systemctl' | 'loginctl',
  args: readonly string[],
) => Promise<ControlAnswer>;

const limits = { timeout: 30_000, maxBuffer: 256 * 1024 };

/** One that is not installed ends as a shell would say it: 127. */
export const systemControl: SystemControl = (program, args) =>
  new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' };
    execFile(`/usr/bin/${program}`, args, { ...limits, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
