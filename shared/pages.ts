/**
 * The pages that are reached by their name alone, in the order of the menu: the one list of them that the page's routes,
 * the menu and the links from elsewhere go by.
 */
export const plainPages = [
  'today',
  'cards',
  'bridge',
  'backups',
  'sync',
  'jobs',
  'logbook',
  'issues',
  'lab',
  'log',
] as const;
export type PlainPage = (typeof plainPages)[number];

export function isPlainPage(name: string): name is PlainPage {
  return plainPages.some((page) => page === name);
}

/** As it stands in the address of the window, from `#` on. */
export function plainPageAddress(page: PlainPage): `#/${PlainPage}` {
  return `#/${page}`;
}
