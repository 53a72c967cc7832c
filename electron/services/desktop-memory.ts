import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './durable/write-file.ts';
import type { Log } from './log.ts';

const mostLabs = 8;

const rememberedSchema = z.object({
  /** Absolute paths, the last opened first. */
  recentLabs: z.array(z.string().max(4096)).max(64).default([]),
  /** Of the window that was closed last, in device-independent pixels. */
  window: z
    .object({
      x: z.int(),
      y: z.int(),
      width: z.int().positive(),
      height: z.int().positive(),
      maximized: z.boolean(),
    })
    .optional(),
});
export type Remembered = z.infer<typeof rememberedSchema>;

/** What the desktop app remembers from one start to the next: nothing that could not be lost. */
export interface DesktopMemory {
  /** Empty when there is nothing, or nothing that can be understood. */
  read(): Promise<Remembered>;
  rememberLab(path: string): Promise<void>;
  rememberWindow(window: NonNullable<Remembered['window']>): Promise<void>;
  /** Resolves when all that was to be remembered so far is on the disk, or cannot be. */
  written(): Promise<void>;
}

/** In `desktop.json` below the app's config folder; one process at a time writes it. */
export function createDesktopMemory(folder: string, log: Log): DesktopMemory {
  const file = join(folder, 'desktop.json');
  let last: Promise<void> = Promise.resolve();

  async function read(): Promise<Remembered> {
    try {
      return rememberedSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return { recentLabs: [] };
    }
  }

  function change(next: (before: Remembered) => Remembered): Promise<void> {
    const before = last;
    last = (async () => {
      await before;
      const text = `${JSON.stringify(next(await read()), null, 2)}\n`;
      try {
        await replaceFile(file, text, join(folder, `desktop.${randomUUID()}.tmp`));
      } catch (error) {
        // A full disk is no reason to stop: a window opens at its usual place the next time.
        log.line(`desktop.json could not be written: ${String(error)}`);
      }
    })();
    return last;
  }

  return {
    read,
    rememberLab: (path) =>
      change((before) => ({
        ...before,
        recentLabs: [path, ...before.recentLabs.filter((one) => one !== path)].slice(0, mostLabs),
      })),
    written: () => last,
    rememberWindow: (window) => change((before) => ({ ...before, window })),
  };
}
