import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { type CallKind, FaultControl, type FaultErrno } from '../../../rig/sync-faults/fault-control.ts';

/**
 * Run under the fault layer, by itself: makes each kind of call as the engine makes it, each with one fault armed, once here
 * and once in a worker. Prints a line for each: what the call ended with, and what the layer says of it.
 */
const [root, control] = z
  .tuple([z.string(), z.string()])
  .parse(isMainThread ? process.argv.slice(2) : workerData);
const errors: readonly FaultErrno[] = ['ENOSPC', 'EIO', 'EACCES', 'ESTALE'];

fs.rmSync(root, { recursive: true, force: true });
fs.mkdirSync(join(root, 'empty'), { recursive: true });
fs.writeFileSync(join(root, 'file'), 'content');
fs.writeFileSync(join(root, 'other'), '0123456789');
const file = fs.openSync(join(root, 'file'), 'r');
const writable = fs.openSync(join(root, 'other'), 'r+');
const folder = fs.openSync(root, 'r');
const text = (place: string) => join(root, place);
const below = (place: string) => `/proc/self/fd/${folder}/${place}`;
const two = () => [Buffer.alloc(2), Buffer.alloc(2)];
const exclusive = fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_WRONLY;

const calls: readonly (readonly [CallKind, string, () => unknown])[] = [
  ['open', 'openSync', () => fs.openSync(text('file'), 'r')],
  ['create', 'openSync exclusive', () => fs.openSync(below('made'), exclusive)],
  ['read', 'readSync', () => fs.readSync(file, Buffer.alloc(5))],
  ['read', 'readSync at', () => fs.readSync(file, Buffer.alloc(5), 0, 5, 1)],
  ['read', 'readvSync', () => fs.readvSync(file, two())],
  ['read', 'readvSync at', () => fs.readvSync(file, two(), 0)],
  ['write', 'writeSync', () => fs.writeSync(writable, Buffer.from('more'))],
  ['write', 'writeSync at', () => fs.writeSync(writable, Buffer.from('more'), 0, 4, 2)],
  ['write', 'writevSync', () => fs.writevSync(writable, two())],
  ['write', 'writevSync at', () => fs.writevSync(writable, two(), 1)],
  [
    'copy',
    'copyFileSync',
    () => fs.copyFileSync(`/proc/self/fd/${file}`, below('copied'), fs.constants.COPYFILE_FICLONE),
  ],
  ['rename', 'renameSync', () => fs.renameSync(below('file'), below('renamed'))],
  ['link', 'linkSync', () => fs.linkSync(below('file'), below('linked'))],
  ['unlink', 'unlinkSync', () => fs.unlinkSync(below('file'))],
  ['mkdir', 'mkdirSync', () => fs.mkdirSync(below('new'))],
  ['rmdir', 'rmdirSync', () => fs.rmdirSync(below('empty'))],
  ['symlink', 'symlinkSync', () => fs.symlinkSync('anywhere', below('pointing'))],
  ['times', 'futimesSync', () => fs.futimesSync(writable, 1, 1)],
  ['times', 'utimesSync', () => fs.utimesSync(below('file'), 1, 1)],
  ['times', 'lutimesSync', () => fs.lutimesSync(below('file'), 1, 1)],
  ['mode', 'fchmodSync', () => fs.fchmodSync(writable, 0o600)],
  ['mode', 'chmodSync', () => fs.chmodSync(below('file'), 0o600)],
  ['owner', 'fchownSync', () => fs.fchownSync(writable, 0, 0)],
  ['owner', 'lchownSync', () => fs.lchownSync(below('file'), 0, 0)],
  ['stat', 'lstatSync', () => fs.lstatSync(text('file'))],
  ['stat', 'lstatSync below', () => fs.lstatSync(below('file'))],
  ['stat', 'fstatSync', () => fs.fstatSync(file)],
  ['list', 'readdirSync', () => fs.readdirSync(root, { encoding: 'latin1', withFileTypes: true })],
  ['list', 'readdirSync below', () => fs.readdirSync(Buffer.from(below('')), { encoding: 'latin1' })],
  ['list', 'opendirSync', () => fs.opendirSync(root)],
  ['sync', 'fdatasyncSync', () => fs.fdatasyncSync(writable)],
  ['sync', 'fsyncSync', () => fs.fsyncSync(folder)],
  ['sync', 'sync -f', () => outcomeOfSync()],
  ['truncate', 'ftruncateSync', () => fs.ftruncateSync(writable, 1)],
];

/** coreutils says it in words. */
function outcomeOfSync(): void {
  const { status, stderr } = spawnSync('sync', ['-f', root], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status !== 0) throw Object.assign(new Error(stderr), { errno: stderr.includes('No space') ? -28 : -5 });
}

function outcome(call: () => unknown): number {
  try {
    call();
    return 0;
  } catch (error) {
    return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 1;
  }
}

const layer = new FaultControl(control);
for (const [index, [kind, name, call]] of calls.entries()) {
  const error = name === 'sync -f' ? 'ENOSPC' : (errors[index % errors.length] ?? 'EIO');
  layer.arm({ action: 'fail', kinds: [kind], error, at: 1 });
  const errno = outcome(call);
  layer.disarm();
  const { times, kind: fired } = layer.fired;
  process.stdout.write(`${isMainThread ? 'main' : 'worker'} ${name}: ${error} ${errno}, ${fired} ${times}\n`);
}
if (isMainThread) {
  const worker = new Worker(import.meta.filename, { workerData: [root, control] });
  worker.on('error', (error) => {
    throw error;
  });
}
