import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressOfLink } from '../../../electron/shell/app-link.ts';
import { menuTemplate } from '../../../electron/shell/menu.ts';
import { addressOf, parseRoute } from '../../../renderer/app/route.ts';
import { plainPages } from '../../../shared/pages.ts';

/** Where each entry of the Go menu leads, in its order. */
function placesOfMenu(): { address: string; accelerator: unknown }[] {
  const shown: string[] = [];
  const actions = {
    chooseLab() {},
    openLab() {},
    show: (address: string) => void shown.push(address),
    lookForUpdates: undefined,
  };
  const go = menuTemplate(actions, [], 'linux').find(({ label }) => label === '&Go')?.submenu;
  if (!Array.isArray(go)) throw new Error('there is no menu of places');
  return go.map((item) => {
    (item.click as () => void)();
    return { address: shown.at(-1) ?? '', accelerator: item.accelerator };
  });
}

describe('every page that has a name', () => {
  it.each(plainPages)('%s is in the menu, and a link and an address lead to it', (page) => {
    const address = addressOf({ page });
    expect(parseRoute(address)).toEqual({ page });
    expect(placesOfMenu().map((place) => place.address)).toContain(address);
    expect(addressOfLink(`sifaka://${page}`)).toBe(address);
  });

  it.each(plainPages)('%s is among the links that the guide names', (page) => {
    const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/desktop.md'), 'utf8');
    const [, links = ''] = /^## Links\n([^#]*)/m.exec(guide) ?? [];
    expect(links).toMatch(new RegExp(`\`(?:sifaka://)?${page}\``));
  });

  it('has keys of its own, and the menu has no place besides', () => {
    const places = placesOfMenu();
    expect(places.map(({ accelerator }) => accelerator)).toEqual(
      plainPages.map((_page, index) => (index < 9 ? `CmdOrCtrl+${index + 1}` : undefined)),
    );
    expect(places).toHaveLength(plainPages.length);
  });

  it('includes the log', () => {
    expect(addressOfLink('sifaka://log')).toBe('#/log');
  });
});
