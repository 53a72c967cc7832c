import { ORPCError } from '@orpc/server';
// Of oRPC's socket adapters the one that hands its failures to its caller, where the others print or drop them. It
// needs nothing of Bun: only something to send with.
import { RPCHandler } from '@orpc/server/bun-ws';
import { cancelled } from '../../shared/problem.ts';
import { invalidInput, typed } from '../router/answer-problems.ts';
import type { CallContext } from '../router/context.ts';
import type { SifakaRouter } from '../router/create-router.ts';
import { redact } from '../services/redact.ts';
import type { Log } from '../services/log.ts';
import { isFrame } from './frame.ts';

/** Far more than a window asks at once; each open stream counts for as long as it is open. */
const callsPerConnection = 256;

/** One end of a connection, whatever carries it. */
export interface Wire {
  send(data: string | Uint8Array): void;
  /** Called with the reason when the other end breaks the protocol. */
  refuse(reason: string): void;
}

export interface Connection {
  receive(data: unknown): void;
  /** The other end is gone: aborts what it asked for. */
  closed(): void;
}

interface ConnectionContext extends CallContext {
  isGone(): boolean;
}

/** Serves the router over any number of connections; each has its own context, made by the host. */
export function serveConnections(
  router: SifakaRouter,
  log: Log,
): (wire: Wire, context: CallContext) => Connection {
  const handler = new RPCHandler<ConnectionContext>(router, {
    interceptors: [
      async (call) => {
        // A frame is decoded asynchronously: its connection may be gone by now, and then nothing would abort the call.
        if (call.context.isGone()) throw typed(cancelled('Nothing was started.'));
        try {
          return await call.next();
        } catch (error) {
          // What a procedure throws was translated by the router; the rest is input that could not be read.
          if (error instanceof ORPCError) throw error;
          throw typed(invalidInput([{ message: 'it could not be read' }]));
        }
      },
    ],
  });

  return (wire, context) => {
    let open = 0;
    let gone = false;
    const socket = {
      send(data: string | ArrayBufferLike | Uint8Array): number {
        wire.send(typeof data === 'string' || data instanceof Uint8Array ? data : new Uint8Array(data));
        return 0;
      },
    };
    const refuse = (reason: string) => {
      gone = true;
      handler.close(socket);
      wire.refuse(reason);
    };
    return {
      receive(data) {
        if (gone) return;
        if (!isFrame(data)) return refuse('a frame that is not of the protocol');
        if (open >= callsPerConnection) return refuse('too many calls at once');
        open += 1;
        void handler
          .message(socket, data, { context: { ...context, isGone: () => gone } })
          .catch((error: unknown) => {
            log.line(redact(`${context.host} connection: ${String(error)}`, undefined));
            // Whoever called would wait for ever for an answer.
            if (!gone) refuse('a call that cannot be answered');
          })
          .finally(() => {
            open -= 1;
          });
      },
      closed() {
        gone = true;
        handler.close(socket);
      },
    };
  };
}
