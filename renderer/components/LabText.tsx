import { terminalLines, terminalText } from '../../shared/terminal-text.ts';

/**
 * A string from outside: never markup, with the characters that would move, hide or reverse something made visible as
 * in a terminal, and isolated in its direction. `data-lab` says that it is data, which nobody translates.
 */
export function LabText({ text }: { text: string }) {
  return <bdi data-lab="">{terminalText(text)}</bdi>;
}

/** The same of several lines, which show as such where CSS keeps them. */
export function LabLines({ text }: { text: string }) {
  return <bdi data-lab="">{terminalLines(text)}</bdi>;
}
