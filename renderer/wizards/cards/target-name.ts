import { t } from '@lingui/core/macro';
import type { Target } from '../../../shared/schemas/card.ts';
import { terminalText } from '../../../shared/terminal-text.ts';

/**
 * What a target is called, fit to be shown. A label is data, but that of a virtual drive begins with what it is
 * (services/drives), and that is said in the page's language.
 */
export function targetName({ kind, label }: Pick<Target, 'kind' | 'label'>): string {
  const virtual = kind === 'virtual-drive' ? /^virtual drive (.+)$/.exec(label)?.[1] : undefined;
  if (virtual === undefined) return terminalText(label);
  const drive = terminalText(virtual);
  return t`virtual drive ${drive}`;
}
