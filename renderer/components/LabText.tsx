import { terminalText } from '../../shared/terminal-text.ts';

/**
 * A string from outside: never markup, with the characters that would move, hide or reverse something made visible as
 * in a terminal, and isolated in its direction.
 */
export function LabText({ text }: { text: string }) {
  return <bdi>{terminalText(text)}</bdi>;
}
