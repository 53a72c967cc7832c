import { printable } from '../text/printable.ts';

/** A string from outside, shown so that it can neither hide nor reorder anything, isolated in its direction. */
export function LabText({ text }: { text: string }) {
  return <bdi>{printable(text)}</bdi>;
}
