/**
 * When the boot proof has to be made again. It takes minutes, so CI makes it only when something it proves, or the proof
 * itself, is not as it was in the last commit that is known to be proven on this machine.
 *
 * Known means: a run passed there, and what it covers was then as that commit has it. The commit's name is kept in the
 * tests' cache. Whatever keeps it from being compared (no cache, no git, a clone without that commit) means: run.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './bootstrap.mjs';

const execute = promisify(execFile);

/** What the golden image and the record below outlive a run in; the boot proof's rig knows the same place. */
const cache =
  process.env.SIFAKA_TEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sifaka-tests');
const record = join(cache, 'boot-proof.txt');

/** All that decides whether a burned card boots as its node. */
const covered = [
  'electron/imaging',
  'electron/services/cards',
  'electron/services/drives',
  'electron/writer',
  'package-lock.json',
  'tests/long/boot',
  'tests/rig/boot',
];

/** The proven commit since which nothing changed that the proof covers; undefined when the proof has to be made. */
export async function provenSince() {
  const commit = (await readFile(record, 'utf8').catch(() => '')).trim();
  return /^[0-9a-f]{40,64}$/.test(commit) && (await isAsIn(commit)) ? commit : undefined;
}

/** Call it when the proof was made and passed. `before` is what `currentCommit` said when the run began. */
export async function rememberProof(before) {
  if (before === undefined || before !== (await currentCommit())) return;
  await mkdir(cache, { recursive: true });
  await writeFile(`${record}.${process.pid}`, `${before}\n`);
  await rename(`${record}.${process.pid}`, record);
}

/** The commit that the checkout is at, if what the proof covers is as that commit has it. */
export async function currentCommit() {
  const commit = (await git('rev-parse', 'HEAD'))?.trim();
  return commit !== undefined && (await isAsIn(commit)) ? commit : undefined;
}

async function isAsIn(commit) {
  const changed = await git('diff', '--name-only', commit, '--', ...covered);
  const added = await git('ls-files', '--others', '--exclude-standard', '--', ...covered);
  return changed === '' && added === '';
}

/** What git printed; undefined when it failed or is not there. */
async function git(...args) {
  try {
    return (await execute('git', args, { cwd: root })).stdout;
  } catch {
    return undefined;
  }
}
