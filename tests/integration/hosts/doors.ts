import { randomUUID } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { createInProcessClient } from '../../../electron/hosts/in-process.ts';
import { servePort } from '../../../electron/hosts/port.ts';
import { startWebHost } from '../../../electron/hosts/web.ts';
import { createRouter } from '../../../electron/router/create-router.ts';
import type { Services } from '../../../electron/services/services.ts';
import type { SifakaClient } from '../../../shared/contract/index.ts';

type Role = 'viewer' | 'operator';

/** An open door: a client of the contract, and a second client that is another session. */
export interface OpenDoor {
  readonly client: SifakaClient;
  readonly other: SifakaClient;
  close(): Promise<void>;
}

export interface Door {
  readonly name: string;
  readonly host: 'in-process' | 'electron' | 'web';
  open(services: Services, role: Role): Promise<OpenDoor>;
}

/** Connects as the page does, with the WebSocket of the platform. */
export async function connect(
  port: number,
  token: string,
): Promise<{ client: SifakaClient; socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, ['sifaka', `token.${token}`]);
  await new Promise<void>((done, fail) => {
    socket.addEventListener('open', () => done(), { once: true });
    socket.addEventListener('error', () => fail(new Error('the host refused the connection')), {
      once: true,
    });
  });
  return { client: createORPCClient(new SocketLink({ websocket: socket })), socket };
}

export function tokenOf(url: string): string {
  return new URL(url).hash.replace('#token=', '');
}

export const doors: readonly Door[] = [
  {
    name: 'in process',
    host: 'in-process',
    async open(services, role) {
      return {
        client: createInProcessClient(services, { role }),
        other: createInProcessClient(services, { role }),
        close: async () => undefined,
      };
    },
  },
  {
    name: 'message port',
    host: 'electron',
    async open(services, role) {
      const router = createRouter(services);
      const channels = [new MessageChannel(), new MessageChannel()] as const;
      const clientOf = ({ port1, port2 }: MessageChannel): SifakaClient => {
        servePort(port1, router, { role, sessionId: randomUUID(), host: 'electron' }, services.log);
        port2.start();
        return createORPCClient(new PortLink({ port: port2 }));
      };
      const [client, other] = [clientOf(channels[0]), clientOf(channels[1])];
      return {
        client,
        other,
        async close() {
          for (const { port2 } of channels) port2.close();
        },
      };
    },
  },
  {
    name: 'web socket',
    host: 'web',
    async open(services, role) {
      const host = await startWebHost({ services, port: 0, staticFolder: '/nonexistent', role });
      const first = await connect(host.port, tokenOf(host.url));
      const second = await connect(host.port, tokenOf(host.url));
      return {
        client: first.client,
        other: second.client,
        async close() {
          first.socket.close();
          second.socket.close();
          await host.close();
        },
      };
    },
  },
];
