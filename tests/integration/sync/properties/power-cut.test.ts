import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { mountFileSystem, requireFileSystems } from '../../../rig/file-systems/mount-file-system.ts';
import { isWrittenUnsynced } from '../../../rig/file-systems/written-unsynced.ts';
import { requireFaultLayer } from '../../../rig/sync-faults/fault-layer.ts';
import type { Fault } from '../../../rig/sync-faults/fault-control.ts';
import type { PassRequest } from '../../../rig/sync-property/pass-protocol.ts';
import { contents, liveTree, trashTree } from '../../../rig/sync-property/snapshot.ts';
import { Stage } from '../../../rig/sync-property/stage.ts';

const count = 12;
const fresh = (index: number): Buffer => Buffer.alloc(40_000, `new ${index} `);
const old = (index: number): Buffer => Buffer.alloc(20_000, `old ${index} `);

/**
 * A pass onto an XFS of its own ends, or is killed; another program makes a file durable, which brings the journal with all
 * names onto the disk; and then the power goes. Answers what is wrong with what the disk holds.
 */
async function passAndPowerCut(engine: PassRequest['engine'], fault?: Fault): Promise<string[]> {
  await using disk = await mountFileSystem('xfs');
  await using stage = await Stage.make(join(disk.path, 'b'));
  stage.clear();
  await stage.init();
  const base = Math.floor(Date.now() / 1000) - 86_400;
  const put = (path: string, content: Buffer, seconds: number): void => {
    writeFileSync(path, content);
    utimesSync(path, base + seconds, base + seconds);
  };
  mkdirSync(join(stage.a, 'folder'));
  for (let index = 0; index < count; index++) {
    put(join(stage.a, index % 2 === 0 ? `file ${index}` : `folder/file ${index}`), fresh(index), 100);
    if (index % 4 === 0) put(join(stage.b, `file ${index}`), old(index), 0);
  }
  execFileSync('sync', ['-f', disk.path]);
  const before = liveTree(stage.b);
  const source = liveTree(stage.a);
  if (fault !== undefined) stage.layer.arm(fault);
  const { problem } = await stage.pass({
    engine,
    src: stage.a,
    dest: stage.b,
    direction: 'a-to-b',
    logDir: stage.logDir,
    deleteMissing: false,
    checksum: false,
    workers: 2,
    operationsAtOnce: 2,
    thresholdSeconds: 2,
  });
  stage.layer.disarm();
  makeDurable(join(disk.path, 'of another program'));
  await using later = await disk.afterPowerCut();
  const root = join(later.path, 'b');
  const live = liveTree(root);
  const wrong: string[] = [];
  const have = contents(live, trashTree(root));
  for (const [path, { content, kind }] of before)
    if (kind === 'file' && !have.has(content)) wrong.push(`lost: ${path}`);
  for (const [path, { content, kind }] of live)
    if (kind === 'file' && content !== before.get(path)?.content && content !== source.get(path)?.content)
      wrong.push(`torn: ${path}`);
  if (problem === undefined)
    for (const [path, { content }] of source)
      if (live.get(path)?.content !== content) wrong.push(`said to be done: ${path}`);
  if (fault !== undefined && problem !== 'killed') wrong.push(`not killed: ${problem}`);
  return wrong;
}

/** XFS then writes its journal up to there, and no contents of other files. */
function makeDurable(file: string): void {
  writeFileSync(file, 'durable');
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function require(context: TestContext): void {
  requireFileSystems(context, 'xfs');
  requireFaultLayer(context);
}

test('the power goes after a pass, or after it was killed at some moment: no file is torn, no old version gone', async (context) => {
  require(context);
  const moments: readonly (Fault | undefined)[] = [
    undefined,
    { action: 'kill', moment: 'before', kinds: ['sync'], at: 1 },
    { action: 'kill', moment: 'after', kinds: ['link'], at: 2 },
    { action: 'kill', moment: 'after', kinds: ['link', 'rename'], at: 5 },
    { action: 'kill', moment: 'after', kinds: ['link', 'rename'], at: count },
  ];
  const wrong = [];
  for (const fault of moments) wrong.push(await passAndPowerCut('sifaka', fault));
  expect(wrong).toEqual(moments.map(() => []));
});

test('files that are copied in place are torn by the same power cut', async (context) => {
  require(context);
  const isWhole = await isWrittenUnsynced(async () => {
    const wrong = await passAndPowerCut('in-place');
    return !wrong.some((one) => one.startsWith('torn: '));
  });
  expect(isWhole).toBe(false);
});
