import * as quantities from '../../shared/quantities.ts';

export { formatTime, shortDigest } from '../../shared/quantities.ts';

/** Quantities for the page: a number and its unit stay on one line, digits are grouped by a narrow space. */
export function formatBytes(bytes: number): string {
  return unbroken(quantities.formatBytes(bytes));
}

export function formatExactBytes(bytes: number): string {
  return unbroken(quantities.formatExactBytes(bytes));
}

export function formatCount(count: number): string {
  return unbroken(quantities.formatCount(count));
}

export function formatQuantity(count: number, singular: string, plural?: string): string {
  return unbroken(quantities.formatQuantity(count, singular, plural));
}

export function formatRate(rate: number, unit: 'bytes' | 'files' | 'steps'): string {
  return unbroken(quantities.formatRate(rate, unit));
}

export function formatDuration(seconds: number): string {
  return unbroken(quantities.formatDuration(seconds));
}

export function formatAge(then: Date, now: Date): string {
  return unbroken(quantities.formatAge(then, now));
}

/** Between two digits a narrow space that does not break, after a digit and before a unit an ordinary one that does not. */
function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=\d)/g, '\u202f').replace(/(?<=\d) (?=\p{L})/gu, '\u00a0');
}
