import { randomUUID } from 'node:crypto';
import type { AskOperator, CallContext } from '../router/context.ts';
import { createRouter, type SifakaRouter } from '../router/create-router.ts';
import type { Log } from '../services/log.ts';
import type { Services } from '../services/services.ts';
import { serveConnections } from './serve-connections.ts';

/** Electron's MessagePortMain. */
export interface ElectronPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

/** A port of Node's (or the web's) MessageChannel. */
export interface ChannelPort {
  addEventListener(event: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(event: 'close', listener: () => void): void;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

/** Serves the router over one message port. A frame that is not of the protocol closes the port. */
export function servePort(
  port: ElectronPort | ChannelPort,
  router: SifakaRouter,
  context: CallContext,
  log: Log,
): void {
  const connection = serveConnections(router, log)(
    {
      send: (data) => port.postMessage(data),
      refuse(reason) {
        log.line(`message port closed: ${reason}`);
        port.close();
      },
    },
    context,
  );
  if ('addEventListener' in port) {
    port.addEventListener('message', (event) => connection.receive(event.data));
    port.addEventListener('close', () => connection.closed());
  } else {
    port.on('message', (event) => connection.receive(event.data));
    port.on('close', () => connection.closed());
  }
  port.start();
}

/** The door for Electron's window: one router for the life of the app, a session of its own for every port. */
export function serveElectronPort(
  services: Services,
  askOperator: AskOperator,
): (port: ElectronPort) => void {
  const router = createRouter(services);
  return (port) =>
    servePort(
      port,
      router,
      { role: 'operator', sessionId: randomUUID(), host: 'electron', askOperator, asksIn: 'window' },
      services.log,
    );
}
