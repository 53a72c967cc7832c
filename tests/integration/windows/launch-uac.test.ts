import { mkdir, readFile, rm, symlink, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startByUac } from '../../../electron/services/drives/launch/by-uac.ts';
import type { StartedWriter, WriterStart } from '../../../electron/services/drives/launch/writer-launcher.ts';
import { type Behaviour, WindowsMachine } from './windows-machine.ts';

/** A program in the place of the writer: writes down how it was started, and ends as it is told. */
const standIn = `
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const folder = process.argv[2];
writeFileSync(join(folder, 'report.json'), JSON.stringify({
  parameters: process.argv.slice(2),
  input: readFileSync(0, 'latin1'),
  image: readFileSync(join(folder, 'image'), 'utf8'),
}));
process.exitCode = Number(readFileSync(join(folder, 'ends-with'), 'utf8'));
`;

let machine: WindowsMachine;
let request: WriterStart & { imagePath: string };
let script: string;
const waiting: string[] = [];
const before = process.env['SystemRoot'];

async function prepare(behaviour: Behaviour = {}, exitCode = 0): Promise<void> {
  machine = await WindowsMachine.start(behaviour);
  process.env['SystemRoot'] = join(machine.folder, 'Windows');
  // Whatever a folder is called, it stays one parameter.
  const folder = join(machine.folder, `it's "a" folder; & $(calc) %PATH%\\`);
  await mkdir(folder);
  await writeFile(join(folder, 'ends-with'), String(exitCode));
  script = join(machine.folder, 'the writer.mjs');
  await writeFile(script, standIn);
  const imagePath = join(machine.folder, 'golden.img');
  await writeFile(imagePath, 'the golden image');
  waiting.length = 0;
  request = {
    folder,
    imagePath,
    drivePath: '\\\\.\\PhysicalDrive1',
    onWaiting: (text) => waiting.push(text),
  };
}

function start(more: Partial<WriterStart> = {}): Promise<StartedWriter> {
  return startByUac({ argv: [process.execPath, script] }, { ...request, ...more });
}

async function asked(): Promise<number> {
  return (await machine.events()).filter(({ event }) => event === 'elevation asked').length;
}

beforeEach(() => prepare());
afterEach(async () => {
  await machine[Symbol.asyncDispose]();
  if (before === undefined) delete process.env['SystemRoot'];
  else process.env['SystemRoot'] = before;
});

describe('a writer that User Account Control lets run', () => {
  it('gets its folder as the only parameter, no input, and the image by its name', async () => {
    const started = await start();
    expect(started.kind).toBe('uac');
    expect(waiting).toEqual([expect.stringContaining('User Account Control')]);
    expect(await started.ended).toBeUndefined();
    expect(JSON.parse(await readFile(join(request.folder, 'report.json'), 'utf8'))).toEqual({
      parameters: [request.folder],
      input: '',
      image: request.imagePath,
    });
  });

  it('that ends badly is said to have died, with what Windows says of it', async () => {
    await machine[Symbol.asyncDispose]();
    await prepare({}, 7);
    const problem = await (await start()).ended;
    expect(problem).toMatchObject({
      code: 'WRITER_DIED',
      data: { what: expect.stringContaining('exit code 7') },
    });
  });
});

describe('before anybody is asked', () => {
  it('a writer that is not there is missed', async () => {
    await rm(script);
    await expect(start()).rejects.toMatchObject({ code: 'WRITER_MISSING' });
    expect(await asked()).toBe(0);
  });

  it('an image that is not there is missed, and so is a link in its place', async () => {
    await rm(request.imagePath);
    await expect(start()).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    await symlink(script, request.imagePath);
    await expect(start()).rejects.toMatchObject({ code: 'IMAGE_FILE_MISSING' });
    expect(await asked()).toBe(0);
  });
});

describe('a prompt', () => {
  it('that nobody answers goes on, until the job is cancelled', async () => {
    await machine[Symbol.asyncDispose]();
    await prepare({ elevation: 'nothing' });
    const watching = new AbortController();
    const events = watch(machine.folder, { signal: watching.signal });
    // Before the start: a watch begins with the first event that is asked for.
    let changed = events.next();
    const started = await start();
    do {
      await changed;
      changed = events.next();
    } while ((await asked()) === 0);
    started.stop();
    expect(await started.ended).toMatchObject({ code: 'ELEVATION_UNAVAILABLE' });
    changed.catch(() => undefined);
    watching.abort();
  });

  it('that was answered with no is no other question', async () => {
    await machine[Symbol.asyncDispose]();
    await prepare({ elevation: 1223 });
    expect(await (await start()).ended).toMatchObject({ code: 'ELEVATION_REFUSED' });
    expect(await asked()).toBe(1);
  });

  it('that cannot be shown, because there is no PowerShell, is said to be', async () => {
    await rm(join(machine.folder, 'Windows'), { recursive: true });
    expect(await (await start()).ended).toMatchObject({ code: 'ELEVATION_UNAVAILABLE' });
  });
});
