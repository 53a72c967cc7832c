import { hasSudo } from './by-sudo.ts';
import { findPkexec, helperIsTrustworthy, installedHelper } from './installed-helper.ts';

/** How a writer gets its rights on this machine, in words; `ok` when there is a way. */
export async function describeLaunch(): Promise<{ ok: boolean; detail: string }> {
  if (process.platform === 'win32') {
    return {
      ok: true,
      detail: 'User Account Control asks an administrator for permission, for every job anew.',
    };
  }
  if (process.getuid?.() === 0) return { ok: true, detail: 'Written directly: Sifaka runs as root.' };
  const own = 'Those that you may write to yourself are written directly. For the others, ';
  if (installedHelper !== undefined && (await helperIsTrustworthy(installedHelper)) && (await findPkexec())) {
    return { ok: true, detail: `${own}the desktop asks an administrator for permission.` };
  }
  const how = (await hasSudo()) ? 'with sudo' : 'as root';
  return { ok: true, detail: `${own}you are shown a command, and run it ${how} in another terminal.` };
}
