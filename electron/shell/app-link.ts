import { isPlainPage } from '../../shared/pages.ts';

/**
 * Of the links that open Sifaka from elsewhere. Packages and the installer make it known to the system; the app does not: the
 * portable program runs from a folder that is gone when it ends.
 */
const linkScheme = 'sifaka';

const things =
  /^(?:(?:cards\/(?:node|job)|(?:bridge|backups|sync)\/job)\/[A-Za-z0-9][A-Za-z0-9._-]{0,252}|backups\/archives|issues\/ISSUE-\d{4}-\d{3})$/;

/**
 * The page's address, as in `#/jobs`, that a `sifaka://` link leads to; `undefined` for anything else. A link comes from
 * any program or web page: it leads to something to look at, never to a step of a wizard, and carries no more than a name.
 */
export function addressOfLink(link: string): string | undefined {
  const prefix = `${linkScheme}://`;
  if (!link.startsWith(prefix)) return undefined;
  // Windows and browsers add the slash.
  const path = link.slice(prefix.length).replace(/\/$/, '');
  return isPlainPage(path) || things.test(path) ? `#/${path}` : undefined;
}

/** The address of the first link on a command line. */
export function addressInArguments(argv: readonly string[]): string | undefined {
  const link = argv.find((argument) => argument.startsWith(`${linkScheme}:`));
  return link === undefined ? undefined : addressOfLink(link);
}
