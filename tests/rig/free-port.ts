import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below what Linux hands out by itself (32768, ip_local_port_range), and Windows and macOS (49152). */
const [first, count] = [20_000, 12_000];

/**
 * A port of TCP that nobody listens at, and that stays this process's own until it ends, although nobody may listen at it ever:
 * a server that is started later or again, or is meant to be off, must not meet another test there. The system hands none of
 * these out, to a server that takes any port or to a connection, and the same number of UDP, which nobody uses, keeps it from
 * the other processes that look for one here.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    if ((await keeps(port)) && (await isFree(port))) return port;
  }
}

function keeps(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
