import { execFile } from 'node:child_process';
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type ForgedStage, imageSize, randomFile, SharedStage } from './forged-stage.ts';

const shared = new SharedStage();
afterAll(() => shared.close());

const MiB = 2 ** 20;

async function fileOf(stage: ForgedStage, name: string, size: number): Promise<string> {
  return await randomFile(join(stage.loops.folder, name), size);
}

/** Opens something, does what is to be done, and closes it. */
async function withInput(path: string, flags: string, work: (input: number) => Promise<unknown>) {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, flags);
    await work(handle.fd);
  } finally {
    await handle?.close();
  }
}

describe('what is no golden image', () => {
  const inputs: readonly (readonly [
    what: string,
    code: string,
    path: (stage: ForgedStage) => Promise<string>,
    flags?: string,
  ])[] = [
    ['a shorter file', 'PLAN_CHANGED', (stage) => fileOf(stage, 'shorter', imageSize - 1)],
    ['a longer file', 'PLAN_CHANGED', (stage) => fileOf(stage, 'longer', imageSize + 1)],
    ['an empty file', 'PLAN_CHANGED', (stage) => fileOf(stage, 'empty', 0)],
    ['nowhere', 'IMAGE_FILE_MISSING', async () => '/dev/null'],
    ['zeros', 'IMAGE_FILE_MISSING', async () => '/dev/zero'],
    // It is taken for the place of the image, and the drive's file is in it.
    ['a folder', 'DRIVE_NOT_OFFERED', async () => tmpdir()],
    ['a drive', 'IMAGE_FILE_MISSING', async (stage) => stage.bystander.path],
    ['the target itself', 'DRIVE_NOT_OFFERED', async (stage) => stage.target.path],
    ['the target, to be written', 'DRIVE_NOT_OFFERED', async (stage) => stage.target.path, 'r+'],
    ['a file of the kernel', 'PLAN_CHANGED', async () => '/proc/self/status'],
    [
      'a pipe',
      'IMAGE_FILE_MISSING',
      async (stage) => {
        const path = join(stage.loops.folder, 'pipe');
        await promisify(execFile)('mkfifo', [path]);
        return path;
      },
      'r+',
    ],
  ];

  test.for(inputs)('%s is refused (%s)', async ([, code, path, flags = 'r'], context) => {
    const stage = await shared.get(context);
    await withInput(await path(stage), flags, async (input) => {
      const end = await stage.runUntouched(stage.job(), { input });
      expect(end).toMatchObject({ code: 1, problem: code, state: 'Nothing was written.' });
    });
  });

  test('a pipe that is spoken into, and no input at all', async (context) => {
    const stage = await shared.get(context);
    for (const input of ['pipe', 'ignore'] as const) {
      const end = await stage.runUntouched(stage.job(), { input });
      expect(end).toMatchObject({ code: 1, problem: 'IMAGE_FILE_MISSING', state: 'Nothing was written.' });
    }
  });

  test('a file that may only be written', async (context) => {
    const stage = await shared.get(context);
    await withInput(await fileOf(stage, 'write-only', imageSize), 'a', async (input) => {
      const before = await stage.lookAt(stage.bystander.path);
      const end = await stage.run(stage.job(), { input });
      expect(end.code).toBe(1);
      expect(end.problem).toBeDefined();
      expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
    });
  });
});

describe('a golden image that changes while it is read', () => {
  test('is missed before anything is erased, when it is cut before', async (context) => {
    const stage = await shared.get(context);
    const path = await fileOf(stage, 'cut-early', imageSize);
    await withInput(path, 'r', async (input) => {
      const before = await stage.lookAt(stage.bystander.path);
      const end = await stage.run([() => truncate(path, MiB), ...stage.job()], { input });
      expect(end).toMatchObject({ code: 1, problem: 'PLAN_CHANGED' });
      expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
    });
  });

  test.for([
    ['empty', 0],
    ['cut in the middle of what is written', 2 * MiB + 8192],
    ['cut by a byte', 3 * MiB - 1],
  ] as const)('leaves a drive that does not boot when it becomes %s', async ([name, size], context) => {
    await using stage = await shared.own(context);
    const path = await fileOf(stage, name, imageSize);
    await withInput(path, 'r', async (input) => {
      const before = await stage.lookAt(stage.bystander.path);
      const steps = stage.job();
      const ready = steps.indexOf('ready') + 1;
      const end = await stage.run(
        [...steps.slice(0, ready), () => truncate(path, size), ...steps.slice(ready)],
        { input },
      );
      expect(end).toMatchObject({ code: 1, problem: 'IMAGE_TRUNCATED' });
      expect(end.state).toContain('it does not boot');
      expect(await stage.firstBytes(stage.target.path, MiB)).toEqual(Buffer.alloc(MiB));
      expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
    });
  });

  test('becomes no other device when it is sparse', async (context) => {
    const stage = await shared.get(context);
    const path = await fileOf(stage, 'sparse', 0);
    await truncate(path, imageSize);
    await withInput(path, 'r', async (input) => {
      const before = await stage.lookAt(stage.bystander.path);
      expect(await stage.run(stage.job(), { input })).toMatchObject({ code: 0 });
      expect(await stage.lookAt(stage.bystander.path)).toEqual(before);
    });
  });
});
