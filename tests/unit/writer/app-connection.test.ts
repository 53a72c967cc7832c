import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBytes, encodeJson } from '../../../electron/services/drives/writer-frames.ts';
import { type AppConnection, connectToApp } from '../../../electron/writer/app-connection.ts';

const MiB = 2 ** 20;
let folder: string;
let server: Server;
let app: Socket;
let writer: AppConnection;

describe.skipIf(process.platform !== 'linux')('the line to the app', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sifaka-line-'));
    await writeFile(join(folder, 'token'), 'secret', { mode: 0o600 });
    server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    const came: Promise<[Socket]> = once(server, 'connection') as Promise<[Socket]>;
    [writer, [app]] = await Promise.all([connectToApp(folder), came]);
    app.resume();
  });
  afterEach(async () => {
    app.destroy();
    await writer.close();
    server.close();
    await rm(folder, { recursive: true });
  });

  test('holds back an app that says much more than is asked for, and loses none of it', async () => {
    const count = 200;
    let accepted = 0;
    const talking = (async () => {
      for (; accepted < count; accepted += 1) {
        const frame = encodeBytes(accepted, Buffer.alloc(MiB, accepted));
        await new Promise((written) => {
          app.write(frame, written);
        });
      }
    })();
    // Until the line takes no more: every turn of the loop moves some as long as it does.
    for (let still = 0, last = 0; still < 100; still += 1) {
      await setImmediate();
      if (accepted !== last) still = 0;
      last = accepted;
    }
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(80);
    for (let index = 0; index < count; index += 1) {
      const { offset, bytes } = await writer.expectBytes();
      expect([offset, bytes.length, bytes[0]]).toEqual([index, MiB, index]);
    }
    await talking;
  });

  test('sees a cancellation behind what it was sent and does not want any more', async () => {
    for (let index = 0; index < 8; index += 1) app.write(encodeBytes(index, Buffer.alloc(MiB)));
    const stopped = once(writer.signal, 'abort');
    app.write(encodeJson({ type: 'cancel' }));
    await stopped;
    await expect(writer.expectBytes()).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('is over when the app is', async () => {
    const waiting = writer.expect('burn', 'read');
    const stopped = once(writer.signal, 'abort');
    app.end();
    await stopped;
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('takes no message that must not come now, and none that is not of the protocol', async () => {
    app.write(encodeJson({ type: 'erase' }));
    await expect(writer.expect('begin')).rejects.toThrow(RangeError);
    app.write(encodeJson({ type: 'begin', force: true }));
    await expect(writer.expect('begin')).rejects.toThrow('force');
    app.write(encodeBytes(0, Buffer.alloc(1)));
    await expect(writer.expect('begin')).rejects.toThrow(RangeError);
    app.write(encodeJson({ type: 'begin' }));
    await expect(writer.expectBytes()).rejects.toThrow(RangeError);
  });

  test('is given up by a cancellation while the app takes nothing', async () => {
    app.pause();
    const said = writer.sendBytes(0, Buffer.alloc(16 * MiB));
    app.write(encodeJson({ type: 'cancel' }));
    await expect(said).rejects.toMatchObject({ code: 'CANCELLED' });
    app.resume();
  });

  test('brings the last word to an app that reads late', async () => {
    app.pause();
    app.write(encodeBytes(0, Buffer.alloc(4 * MiB)));
    await writer.send({ type: 'ready' });
    const closing = writer.close();
    const words: Buffer[] = [];
    app.on('data', (chunk: Buffer) => words.push(chunk)).resume();
    await once(app, 'end');
    await closing;
    expect(Buffer.concat(words).toString()).toContain('"ready"');
  });
});
