import { readFile } from 'node:fs/promises';

/**
 * Whether this process may read its terminal: one behind it (`sifaka serve &`) would be stopped, with all that runs in it,
 * by the first question (termios(3): SIGTTIN, SIGTTOU). Linux tells by /proc/self/stat (proc(5): pgrp is field 5, tpgid
 * field 8); elsewhere it is believed.
 */
export async function isInForeground(): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => undefined);
  if (stat === undefined) return true;
  // The name of the program, in parentheses, may hold anything; after it and a space comes field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[5 - 3] === fields[8 - 3];
}
