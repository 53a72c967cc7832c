import { terminalText } from '../../shared/terminal-text.ts';

/**
 * Prose of the main process: a problem, a job's title, a reason. It is English whatever the page speaks, as in the
 * terminal, the log and the documentation, and says so to screen readers. It may quote a lab, so it is shown as LabText is.
 */
export function ServiceText({ text }: { text: string }) {
  return <bdi lang="en">{terminalText(text)}</bdi>;
}
