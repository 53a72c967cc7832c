import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';

/**
 * An authentication agent for this process, as a desktop has one for its session: it is asked, and answers that the prompt
 * was dismissed, or leaves it open. It speaks D-Bus itself (D-Bus Specification 0.43, "Message Protocol"), little-endian and
 * only the few types that are needed.
 */
export interface PolkitAgent {
  /** Resolves with the id of the action when permission is asked for. */
  readonly asked: Promise<string>;
  /** Resolves when polkit takes the question back. */
  readonly takenBack: Promise<void>;
  close(): void;
}

const agentPath = '/org/sifaka/TestAgent';
const authority = 'org.freedesktop.PolicyKit1.Authority';
const methodCall = 1;
const methodReturn = 2;
const errorReply = 3;

export async function startPolkitAgent(answer: 'dismiss' | 'hold'): Promise<PolkitAgent> {
  const socket = connect('/run/dbus/system_bus_socket');
  await once(socket, 'connect');
  const uid = Buffer.from(String(process.getuid?.())).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  await once(socket, 'data');
  socket.write('BEGIN\r\n');
  const asked = Promise.withResolvers<string>();
  const takenBack = Promise.withResolvers<void>();
  const registered = Promise.withResolvers<void>();
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let size = messageSize(received); size !== undefined; size = messageSize(received)) {
      const message = readMessage(received.subarray(0, size));
      received = received.subarray(size);
      if (message.replyTo === 2) {
        if (message.type === methodReturn) registered.resolve();
        else registered.reject(new Error('polkit took no agent'));
      }
      if (message.member === 'BeginAuthentication') {
        asked.resolve(message.body.toString('utf8', 4, 4 + message.body.readUInt32LE(0)));
        if (answer === 'dismiss') dismiss(socket, message);
      }
      if (message.member === 'CancelAuthentication') takenBack.resolve();
    }
  });
  send(socket, {
    type: methodCall,
    serial: 1,
    fields: to('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'Hello'),
  });
  const body = new Marshaller();
  body.string('unix-process');
  // The length of the map is known when it is written.
  const map = new Marshaller();
  map.entry('pid', 'u', () => map.uint32(process.pid));
  const startTime = await ownStartTime();
  map.entry('start-time', 't', () => map.uint64(startTime));
  body.uint32(map.bytes.length).pad(8).append(map.bytes).string('C').string(agentPath);
  send(socket, {
    type: methodCall,
    serial: 2,
    fields: [
      ...to(
        'org.freedesktop.PolicyKit1',
        '/org/freedesktop/PolicyKit1/Authority',
        authority,
        'RegisterAuthenticationAgent',
      ),
      [8, 'g', '(sa{sv})ss'],
    ],
    body: body.bytes,
  });
  await registered.promise;
  return { asked: asked.promise, takenBack: takenBack.promise, close: () => socket.destroy() };
}

function dismiss(socket: Socket, { sender, serial }: { sender: string; serial: number }): void {
  send(socket, {
    type: errorReply,
    serial: 3,
    fields: [
      [4, 's', 'org.freedesktop.PolicyKit1.Error.Cancelled'],
      [5, 'u', serial],
      [6, 's', sender],
    ],
  });
}

/** proc_pid_stat(5): field 22; the name, in parentheses, is the second. */
async function ownStartTime(): Promise<bigint> {
  const stat = await readFile('/proc/self/stat', 'latin1');
  return BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0');
}

type Field =
  | readonly [code: number, type: 's' | 'o' | 'g', value: string]
  | readonly [code: number, type: 'u', value: number];

function to(destination: string, path: string, face: string, member: string): Field[] {
  return [
    [6, 's', destination],
    [1, 'o', path],
    [2, 's', face],
    [3, 's', member],
  ];
}

function send(
  socket: Socket,
  {
    type,
    serial,
    fields,
    body = Buffer.alloc(0),
  }: { type: number; serial: number; fields: Field[]; body?: Buffer },
): void {
  const list = new Marshaller();
  for (const [code, kind, value] of fields) {
    list.pad(8).byte(code).signature(kind);
    if (typeof value === 'number') list.uint32(value);
    else if (kind === 'g') list.signature(value);
    else list.string(value);
  }
  const message = new Marshaller();
  message.append(Buffer.from(['l'.charCodeAt(0), type, 0, 1]));
  message.uint32(body.length).uint32(serial).uint32(list.bytes.length).append(list.bytes).pad(8).append(body);
  socket.write(message.bytes);
}

/** Writes values one after the other, each aligned to its size. */
class Marshaller {
  bytes = Buffer.alloc(0);

  append(bytes: Uint8Array): this {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    return this;
  }

  pad(alignment: number): this {
    return this.append(Buffer.alloc((alignment - (this.bytes.length % alignment)) % alignment));
  }

  byte(value: number): this {
    return this.append(Buffer.from([value]));
  }

  uint32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.pad(4).append(bytes);
  }

  uint64(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return this.pad(8).append(bytes);
  }

  string(text: string): this {
    return this.uint32(Buffer.byteLength(text)).append(Buffer.from(`${text}\0`));
  }

  signature(text: string): this {
    return this.byte(text.length).append(Buffer.from(`${text}\0`));
  }

  /** One of a{sv}. */
  entry(key: string, type: string, value: () => void): void {
    this.pad(8).string(key).signature(type);
    value();
  }
}

interface Message {
  readonly type: number;
  readonly serial: number;
  readonly member: string;
  readonly sender: string;
  readonly replyTo: number;
  readonly body: Buffer;
}

const headerBytes = 16;

/** Of the first message in the bytes, when all of it is there. */
function messageSize(bytes: Buffer): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const size = aligned(headerBytes + bytes.readUInt32LE(12), 8) + bytes.readUInt32LE(4);
  return bytes.length < size ? undefined : size;
}

function readMessage(bytes: Buffer): Message {
  const texts = new Map<number, string>();
  let replyTo = 0;
  const end = headerBytes + bytes.readUInt32LE(12);
  for (let at = headerBytes; at < end; ) {
    at = aligned(at, 8);
    const code = bytes.readUInt8(at);
    const type = bytes.toString('latin1', at + 2, at + 3);
    at += 4;
    if (type === 'u') {
      if (code === 5) replyTo = bytes.readUInt32LE(at);
      at += 4;
    } else if (type === 'g') {
      at += bytes.readUInt8(at) + 2;
    } else {
      const length = bytes.readUInt32LE(at);
      texts.set(code, bytes.toString('utf8', at + 4, at + 4 + length));
      at += length + 5;
    }
  }
  return {
    type: bytes.readUInt8(1),
    serial: bytes.readUInt32LE(8),
    member: texts.get(3) ?? '',
    sender: texts.get(7) ?? '',
    replyTo,
    body: bytes.subarray(aligned(end, 8)),
  };
}

function aligned(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
