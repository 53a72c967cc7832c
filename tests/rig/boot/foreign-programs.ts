import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

const binfmt = '/proc/sys/fs/binfmt_misc';

/**
 * Lets this machine run arm64 programs by qemu-user-static, as systemd-binfmt.service does where it runs. It stays so
 * until the machine restarts: another run may be using it.
 */
export async function registerArm64(): Promise<void> {
  if (!existsSync(`${binfmt}/register`)) {
    await runProgram('mount', ['-t', 'binfmt_misc', 'binfmt_misc', binfmt]);
  }
  if (existsSync(`${binfmt}/qemu-aarch64`)) return;
  const rule = (await readFile('/usr/lib/binfmt.d/qemu-aarch64.conf', 'utf8')).trim();
  await writeFile(`${binfmt}/register`, rule);
}
