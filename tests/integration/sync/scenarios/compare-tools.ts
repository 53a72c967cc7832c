/**
 * `npm run sync-hazards [-- words of a title]`: plays the hazards with rsync, rclone and unison, as they are on this machine, and
 * prints the table of docs/sync-hazards.md. Needs root, for the disks of its own that some rows have.
 */
import { execFileSync } from 'node:child_process';
import { isOnPath } from '../../../rig/required-tools.ts';
import { hazards } from './hazards/all.ts';
import { replay } from './replay.ts';
import { tableRow } from './table.ts';
import { peers } from './tools.ts';

const words = process.argv[2] ?? '';
const here = Object.entries(peers).filter(([name]) => isOnPath(name));
const versions = here.map(([name, { version }]) => {
  const [program = '', ...options] = version;
  return `${name} ${/\d+(?:\.\d+)+/.exec(execFileSync(program, options, { encoding: 'utf8' }))?.[0] ?? ''}`;
});

console.log(`| | Sifaka | ${versions.join(' | ')} |`);
console.log(`|${'---|'.repeat(here.length + 2)}`);
for (const hazard of hazards.filter(({ title }) => title.includes(words))) {
  const others: string[] = [];
  for (const [, { run }] of here) others.push((await replay(hazard, run)).words);
  console.log(tableRow(hazard, others));
}
