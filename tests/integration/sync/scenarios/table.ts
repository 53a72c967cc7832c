import type { Hazard } from './hazard.ts';

/** One line of docs/sync-hazards.md, as it stands there. */
export function tableRow({ title, sifaka }: Hazard, others: readonly string[]): string {
  return `| ${[title, `**${plain(sifaka.words)}**`, ...others].join(' | ')} |`;
}

/** Sifaka's column is bold as a whole. */
const plain = (words: string): string => words.replaceAll('**', '');
