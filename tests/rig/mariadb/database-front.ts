import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

/** One command of a client: what it asks, and the statement where that is text. */
export interface PassingCommand {
  readonly kind: 'query' | 'prepare' | 'execute' | 'other';
  readonly text: string;
  readonly bytes: number;
}

/**
 * `pass`; `cut` ends the connection before the server hears of it; `cut-after` when the server has done it, before the
 * client hears of that; `hold` lets the client wait for ever.
 */
export type Fate = 'pass' | 'cut' | 'cut-after' | 'hold';

export interface DatabaseFront {
  readonly port: number;
  close(): Promise<void>;
}

/** The first byte of a command ("Command Phase" of MySQL's client/server protocol). */
const kinds: Readonly<Record<number, PassingCommand['kind']>> = {
  0x03: 'query',
  0x16: 'prepare',
  0x17: 'execute',
};

/** Stands before a MySQL or MariaDB server on a loopback port, and sees every command before the server does. */
export async function startDatabaseFront(
  to: { port(): number },
  meet: (command: PassingCommand) => Fate | Promise<Fate>,
): Promise<DatabaseFront> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = createConnection({ host: '127.0.0.1', port: to.port() });
    let fate: Fate = 'pass';
    const cut = () => {
      client.destroy();
      onward.destroy();
    };
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        open.delete(socket);
        cut();
      });
    }
    let queue = Promise.resolve();
    const send = async (packet: Buffer) => {
      fate = packet[3] === 0 ? await meet(commandOf(packet)) : 'pass';
      if (fate === 'cut') cut();
      else if (fate !== 'hold') onward.write(packet);
    };
    const take = packets((packet) => {
      queue = queue.then(() => send(packet));
    });
    client.on('data', take);
    onward.on('data', (chunk) => {
      if (fate === 'cut-after') cut();
      else client.write(chunk);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A packet has three bytes of length, least first, a number, and that many bytes. */
function packets(take: (packet: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUIntLE(0, 3)) {
      const length = 4 + rest.readUIntLE(0, 3);
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

function commandOf(packet: Buffer): PassingCommand {
  const kind = kinds[packet[4] ?? 0] ?? 'other';
  return {
    kind,
    text: kind === 'query' || kind === 'prepare' ? packet.toString('utf8', 5) : '',
    bytes: packet.length,
  };
}
