import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** One request for blocks; offsets and lengths in bytes. */
export type BlockRequest =
  | { readonly kind: 'read' | 'write'; readonly offset: number; readonly length: number }
  | { readonly kind: 'flush'; readonly offset: 0; readonly length: 0 };

/** What the blocks are kept in. `gone`: nothing is answered any more, and the line is cut. */
export interface BlockStore {
  readonly size: number;
  answer(
    request: BlockRequest,
    bytes: Buffer | undefined,
  ): Promise<Buffer | 'done' | 'EIO' | 'ENOSPC' | 'gone'>;
}

/**
 * A network block device (NBD) in this process, so that a test decides about each request: fixed newstyle negotiation with
 * NBD_OPT_GO, simple replies. https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */
export async function serveBlocks(store: BlockStore, socketPath: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void serve(store, socket).finally(() => socket.destroy());
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return server;
}

const optionMagic = Buffer.from('IHAVEOPT', 'latin1');
const optionReplyMagic = 0x3_e889_0455_65a9n;
const requestMagic = 0x2560_9513;
const replyMagic = 0x6744_6698;
const options = { abort: 2, go: 7 };
const replies = { ack: 1, info: 3, unsupported: 0x8000_0001 };
const commands = { read: 0, write: 1, disconnect: 2, flush: 3 };
const errors = { EIO: 5, EINVAL: 22, ENOSPC: 28 };
/** NBD_FLAG_HAS_FLAGS and NBD_FLAG_SEND_FLUSH. */
const transmissionFlags = 0b101;

async function serve(store: BlockStore, socket: Socket): Promise<void> {
  const reader = new SocketReader(socket);
  // NBD_FLAG_FIXED_NEWSTYLE and NBD_FLAG_NO_ZEROES.
  socket.write(Buffer.concat([Buffer.from('NBDMAGIC', 'latin1'), optionMagic, Buffer.of(0, 3)]));
  await reader.take(4);
  if (!(await negotiate(store, socket, reader))) return;
  for (;;) {
    const header = await reader.take(28);
    if (header?.readUInt32BE(0) !== requestMagic) return;
    const command = header.readUInt16BE(6);
    const length = header.readUInt32BE(24);
    const bytes = command === commands.write ? await reader.take(length) : undefined;
    const request = requestOf(command, Number(header.readBigUInt64BE(16)), length);
    if (command === commands.disconnect) return;
    const answer = request === undefined ? 'EINVAL' : await store.answer(request, bytes);
    if (answer === 'gone') return;
    const reply = Buffer.alloc(16);
    reply.writeUInt32BE(replyMagic, 0);
    if (typeof answer === 'string' && answer !== 'done') reply.writeUInt32BE(errors[answer], 4);
    header.copy(reply, 8, 8, 16);
    socket.cork();
    socket.write(reply);
    if (typeof answer !== 'string') socket.write(answer);
    socket.uncork();
  }
}

function requestOf(command: number, offset: number, length: number): BlockRequest | undefined {
  if (command === commands.read) return { kind: 'read', offset, length };
  if (command === commands.write) return { kind: 'write', offset, length };
  return command === commands.flush ? { kind: 'flush', offset: 0, length: 0 } : undefined;
}

async function negotiate(store: BlockStore, socket: Socket, reader: SocketReader): Promise<boolean> {
  for (;;) {
    const header = await reader.take(16);
    if (header === undefined) return false;
    const option = header.readUInt32BE(8);
    await reader.take(header.readUInt32BE(12));
    const reply = (type: number, payload = Buffer.alloc(0)) => {
      const bytes = Buffer.alloc(20);
      bytes.writeBigUInt64BE(optionReplyMagic, 0);
      bytes.writeUInt32BE(option, 8);
      bytes.writeUInt32BE(type, 12);
      bytes.writeUInt32BE(payload.length, 16);
      socket.write(Buffer.concat([bytes, payload]));
    };
    if (option === options.go) {
      const exported = Buffer.alloc(12);
      exported.writeBigUInt64BE(BigInt(store.size), 2);
      exported.writeUInt16BE(transmissionFlags, 10);
      reply(replies.info, exported);
      reply(replies.ack);
      return true;
    }
    reply(option === options.abort ? replies.ack : replies.unsupported);
    if (option === options.abort) return false;
  }
}

class SocketReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** So many bytes; `undefined` when the line ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [this.#held];
    let held = this.#held.length;
    while (held < length) {
      const next = await this.#chunks.next().catch(() => ({ done: true, value: undefined }));
      if (next.done === true || next.value === undefined) return undefined;
      parts.push(next.value);
      held += next.value.length;
    }
    const all = parts.length === 1 ? this.#held : Buffer.concat(parts, held);
    this.#held = all.subarray(length);
    return all.subarray(0, length);
  }
}
