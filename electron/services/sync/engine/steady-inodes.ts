import { statfsSync } from 'node:fs';

/** statfs(2) f_type, linux/magic.h: file systems that may make up a file's number anew each time they are asked. */
const madeUp = new Set([
  /** FUSE */ 0x65735546, /** FAT */ 0x4d44, /** exFAT */ 0x2011bab0, /** SMB */ 0xff534d42, 0xfe534d42,
]);

/** Whether a file's number says that it is still the same file. */
export function hasSteadyInodes(root: string): boolean {
  return process.platform !== 'win32' && !madeUp.has(statfsSync(root).type);
}
