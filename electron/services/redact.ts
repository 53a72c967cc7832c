import { withoutHome } from './redact-places.ts';
import { withoutSecrets } from './redact-secrets.ts';

/**
 * A text for the log without what must not be in one: the strings the caller sent, whatever they were, and what looks
 * like a key, token, password or password hash. The home folder is `~`. Control characters are shown as escapes: a log
 * is read in a terminal. What was redacted stays as it is when it is redacted again.
 */
export function redact(text: string, sent: unknown): string {
  let safe = text;
  for (const value of strings(sent).toSorted((one, other) => other.length - one.length)) {
    safe = safe.replaceAll(value, '[input]');
    const escaped = JSON.stringify(value).slice(1, -1);
    if (escaped !== value) safe = safe.replaceAll(escaped, '[input]');
  }
  return printable(withoutHome(withoutSecrets(safe)));
}

/** Control characters other than a newline as visible escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Shorter strings would blank out half of every message, and are no secrets. */
const shortestRedacted = 4;

function strings(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return value.length >= shortestRedacted ? [value] : [];
  if (typeof value !== 'object' || value === null || depth > 8) return [];
  return [...Object.keys(value), ...Object.values(value)].flatMap((inner) => strings(inner, depth + 1));
}
