import type { Page } from 'playwright';

/** Roles of which a screen reader says little more than the name: without one, it says nothing. */
const named = new Set([
  'button',
  'checkbox',
  'columnheader',
  'combobox',
  'complementary',
  'dialog',
  'heading',
  'image',
  'link',
  'listbox',
  'menu',
  'menuitem',
  'meter',
  'navigation',
  'option',
  'progressbar',
  'radio',
  'radiogroup',
  'region',
  'searchbox',
  'spinbutton',
  'table',
  'textbox',
]);

/** Of Chromium's accessibility tree: https://chromedevtools.github.io/devtools-protocol/tot/Accessibility/ */
interface AccessibilityNode {
  readonly ignored: boolean;
  readonly role?: { readonly value?: unknown };
  readonly name?: { readonly value?: unknown };
  readonly backendDOMNodeId?: number;
}

/** What Chromium tells a screen reader without a name, as the markup it came from. */
export async function nameless(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AccessibilityNode[] };
  const found = nodes.filter(
    ({ ignored, role, name }) => !ignored && named.has(String(role?.value)) && !name?.value,
  );
  const markup = await Promise.all(
    found.map(async ({ role, backendDOMNodeId }) => {
      const { outerHTML } = await session.send('DOM.getOuterHTML', { backendNodeId: backendDOMNodeId ?? 0 });
      return `${String(role?.value)}: ${outerHTML.slice(0, 200)}`;
    }),
  );
  await session.detach();
  return markup;
}
