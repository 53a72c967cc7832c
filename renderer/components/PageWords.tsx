import { terminalText } from '../../shared/terminal-text.ts';

/** A text of the page's own that may quote data: shown as LabText is, but words, which are marked and translated. */
export function PageWords({ text }: { text: string }) {
  return <bdi>{terminalText(text)}</bdi>;
}
