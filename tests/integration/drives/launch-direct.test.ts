import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createWriterLauncher,
  type StartedWriter,
  type WriterStart,
} from '../../../electron/services/drives/launch/writer-launcher.ts';
import { asProblem } from '../../../shared/problem.ts';
import { type StandInReport, standInWriter } from './stand-in-writer.ts';

describe.skipIf(process.platform === 'win32')(
  'where the drive may be written to, the writer is a child',
  () => {
    let home: string;
    let request: WriterStart;

    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), 'sifaka-direct-'));
      await mkdir(join(home, 'private folder'), { mode: 0o700 });
      await writeFile(join(home, 'golden.img'), 'the golden image');
      await writeFile(join(home, 'drive'), '');
      request = {
        folder: join(home, 'private folder'),
        imagePath: join(home, 'golden.img'),
        drivePath: join(home, 'drive'),
        onWaiting: () => expect.unreachable('nothing is waited for'),
      };
    });

    afterEach(async () => {
      await rm(home, { recursive: true });
    });

    async function start(
      end: Parameters<typeof standInWriter>[0],
      other: Partial<WriterStart> = {},
    ): Promise<StartedWriter> {
      const script = join(home, 'writer.mjs');
      await writeFile(script, standInWriter(end));
      const launcher = createWriterLauncher({ node: process.execPath, script, helper: undefined });
      return await launcher.start({ ...request, ...other });
    }

    async function report(): Promise<StandInReport> {
      return JSON.parse(await readFile(join(request.folder, 'report.json'), 'utf8'));
    }

    /** Until the stand-in has said how it was started. */
    async function running(): Promise<void> {
      await expect.poll(() => existsSync(join(request.folder, 'report.json'))).toBe(true);
    }

    it('with the image as its stdin, its folder as its only argument, in a session of its own', async () => {
      const before = process.env['NODE_OPTIONS'];
      process.env['NODE_OPTIONS'] = '--no-warnings';
      try {
        const started = await start({});
        expect(started.kind).toBe('direct');
        expect(await started.ended).toBeUndefined();
      } finally {
        if (before === undefined) delete process.env['NODE_OPTIONS'];
        else process.env['NODE_OPTIONS'] = before;
      }
      const { parameters, input, inputIsFile, environment, session, processId } = await report();
      expect(parameters).toEqual([request.folder]);
      expect({ input, inputIsFile }).toEqual({ input: 'the golden image', inputIsFile: true });
      expect(environment.filter((name) => name !== 'PATH' && name !== 'LANG')).toEqual([]);
      expect(session).toBe(processId);
    });

    it('with an empty stdin when there is no image', async () => {
      expect(await (await start({}, { imagePath: undefined })).ended).toBeUndefined();
      expect(await report()).toMatchObject({ input: '', inputIsFile: false });
    });

    it('whose image is the file that was opened, whatever has its name by then', async () => {
      const started = await start({ waits: true });
      await rename(join(home, 'golden.img'), join(home, 'other.img'));
      await writeFile(join(home, 'golden.img'), 'something else');
      await running();
      started.stop();
      await started.ended;
      expect((await report()).input).toBe('the golden image');
    });

    it('whose exit code is told, and whose words are kept for the log', async () => {
      const problem = await (await start({ exitCode: 7, words: 'x'.repeat(100_000) })).ended;
      expect(problem).toMatchObject({
        code: 'WRITER_DIED',
        data: { what: 'The program that writes the drive was ended with exit code 7.' },
        cause: { message: 'x'.repeat(8192) },
      });
      expect(JSON.stringify(problem?.toRecord())).not.toContain('xxx');
    });

    it('whose death by kill -9 is told', async () => {
      const started = await start({ waits: true });
      await running();
      process.kill((await report()).processId, 'SIGKILL');
      expect(await started.ended).toMatchObject({
        code: 'WRITER_DIED',
        data: { what: expect.stringContaining('SIGKILL') },
      });
    });

    it('that is ended by stop, twice without harm', async () => {
      const started = await start({ waits: true });
      await running();
      started.stop();
      expect((await started.ended)?.data.what).toContain('SIGTERM');
      started.stop();
    });

    async function codeOf(other: Partial<WriterStart>): Promise<unknown> {
      return await start({}, other).then(
        () => 'started',
        (error: unknown) => asProblem(error)?.code ?? error,
      );
    }

    it('that is not started when it, the image or the drive is missing', async () => {
      await symlink(join(home, 'golden.img'), join(home, 'link.img'));
      expect(await codeOf({ drivePath: join(home, 'no-drive') })).toBe('TARGET_MISSING');
      expect(await codeOf({ imagePath: join(home, 'no-image') })).toBe('IMAGE_FILE_MISSING');
      expect(await codeOf({ imagePath: join(home, 'link.img') })).toBe('IMAGE_FILE_MISSING');
      expect(await codeOf({ imagePath: home })).toBe('IMAGE_FILE_MISSING');
      const launcher = createWriterLauncher({
        node: process.execPath,
        script: join(home, 'no-writer.mjs'),
        helper: undefined,
      });
      await expect(launcher.start(request)).rejects.toMatchObject({ code: 'WRITER_MISSING' });
    });
  },
);
