import { homedir, userInfo } from 'node:os';

/** The home folder as `~`, also as an address or a JSON text has it. */
export function withoutHome(text: string): string {
  const home = homedir();
  if (home.length < 2) return text;
  const slashed = home.replaceAll('\\', '/');
  const forms = new Set([home, home.replaceAll('\\', '\\\\'), slashed, encodeURI(slashed)]);
  let safe = text;
  for (const form of forms) {
    // `/home/an` is neither in `/home/ana` nor in `/srv/home/an`.
    safe = safe.replace(new RegExp(`(?<![\\w.~-])${literally(form)}(?![\\w~-])`, 'g'), '~');
  }
  return safe;
}

/** The user's name where it is a part of a path: `/media/ana/CARD` is `/media/[user]/CARD`. */
export function withoutUserName(text: string): string {
  const name = userName();
  if (name.length < 2 || name === 'root') return text;
  return text.replace(new RegExp(`(?<=[/\\\\])${literally(name)}(?![\\w.-])`, 'g'), '[user]');
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user that the system has no entry for has no name either.
    return '';
  }
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
