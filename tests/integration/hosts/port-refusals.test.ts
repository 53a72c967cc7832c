import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { describe, expect, it } from 'vitest';
import { type ElectronPort, servePort } from '../../../electron/hosts/port.ts';
import { createRouter } from '../../../electron/router/create-router.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';
import { hex64, recordingServices } from '../../unit/router/recording-services.ts';

const context = { role: 'operator', sessionId: 's', host: 'electron' } as const;

describe('a message port', () => {
  it.each([
    ['text that is no frame', 'garbage'],
    ['an object instead of an encoded frame', { i: '0', p: { u: '/lab/state' } }],
    ['nothing', undefined],
    ['bytes', new Uint8Array([255, 0, 1])],
  ])('is closed by %s, and the program goes on', async (_what, message) => {
    const services = recordingServices();
    const { port1, port2 } = new MessageChannel();
    servePort(port1, createRouter(services), context, services.log);
    const closed = new Promise((done) => port2.once('close', done));
    port2.postMessage(message);
    await closed;
    expect(services.reached).toEqual([]);
    expect(services.logged).toEqual([expect.stringContaining('message port closed')]);
  });

  it('is closed when an answer cannot be sent, so that nobody waits for it', async () => {
    const unsendable = new (class {
      toJSON(): never {
        throw new Error('not for sending');
      }
    })();
    const services = recordingServices({
      replace: { lab: { get: () => Promise.resolve({ value: unsendable, digest: hex64 }) } },
    });
    const { port1, port2 } = new MessageChannel();
    servePort(port1, createRouter(services), context, services.log);
    port2.start();
    const client = createORPCClient<SifakaClient>(new RPCLink({ port: port2 }));
    await expect(client.lab.get({ file: 'a', pointer: '' })).rejects.toThrow();
    expect(services.logged).toEqual([
      expect.stringContaining('not for sending'),
      expect.stringContaining('message port closed'),
    ]);
  });

  it('may be one of Electron, whose events carry their data', async () => {
    const services = recordingServices();
    const { port1, port2 } = new MessageChannel();
    const electronPort: ElectronPort = {
      on(event: 'message' | 'close', listener: (event: { data: unknown }) => void) {
        port1.on(event, (data?: unknown) => listener({ data }));
      },
      postMessage: (message) => port1.postMessage(message),
      start: () => port1.start(),
      close: () => port1.close(),
    };
    servePort(electronPort, createRouter(services), context, services.log);
    port2.start();
    const client = createORPCClient<SifakaClient>(new RPCLink({ port: port2 }));
    expect(await client.lab.state()).toMatchObject({ name: 'lab' });
    port2.close();
  });

  it('that closes aborts what it had asked for', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const services = recordingServices({
      replace: {
        jobs: {
          // oxlint-disable-next-line require-yield
          async *follow(_id, { signal }) {
            started.resolve();
            await new Promise<void>((done) => signal?.addEventListener('abort', () => done()));
            aborted.resolve();
          },
        },
      },
    });
    const { port1, port2 } = new MessageChannel();
    servePort(port1, createRouter(services), context, services.log);
    port2.start();
    const client = createORPCClient<SifakaClient>(new RPCLink({ port: port2 }));
    const events = await client.jobs.follow({ id: '0190a6d2-7b7c-4c70-9c3f-2f1a35f0a001' });
    const next = events.next().catch(() => undefined);
    await started.promise;
    port2.close();
    await aborted.promise;
    await next;
  });
});
