import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDriveWriter } from '../../../electron/services/drives/create-drive-writer.ts';
import type { DriveBurn, DriveReading } from '../../../electron/services/drives/drive-writer.ts';
import type { WriterLauncher } from '../../../electron/services/drives/launch/writer-launcher.ts';
import { openWriterDoor } from '../../../electron/services/drives/writer-door.ts';
import { decodeFrames, encodeJson, type Frame } from '../../../electron/services/drives/writer-frames.ts';
import {
  writerProtocolVersion,
  type WriterMessage,
} from '../../../electron/services/drives/writer-protocol.ts';
import type { CardPlan, Target } from '../../../shared/schemas/card.ts';
import { asProblem, type ProblemRecord } from '../../../shared/problem.ts';

const target: Target = {
  kind: 'drive',
  path: '/dev/sdz',
  label: 'Stick',
  size: 1 << 30,
  identity: 'serial 1',
  contents: 'nothing',
};
const digest = 'a'.repeat(64);
/** A kernel's socket takes much less than this at once. */
const largeDelta = 16 << 20;

const plan: CardPlan = {
  schema: 'sifaka.card-plan/1',
  node: 'titan-13',
  nodeClass: 'worker',
  hostname: 'titan-13',
  clock: '2026-01-01T00:00:00.000Z',
  image: { name: 'golden', fileSha256: digest, rawSha256: digest, size: 1 << 30 },
  target,
  changes: [],
  write: { mappedBytes: 0, injectedBytes: 0, cells: [], estimatedSeconds: 0 },
  freeSpace: 'keep',
  erases: 'Everything.',
  warnings: [],
};

const refusal: ProblemRecord = {
  code: 'TARGET_CHANGED',
  what: 'Another drive is at /dev/sdz now.',
  state: 'Nothing was written to it.',
  next: 'Choose it again.',
};

/** What a writer says and hears, at its end of the line. */
interface WriterEnd {
  readonly socket: Socket;
  readonly frames: AsyncGenerator<Frame>;
  say(message: WriterMessage): void;
}

/** Starts, instead of the program, a part of this process that behaves as told. */
function standIn(behave: (end: WriterEnd) => Promise<void> | void): WriterLauncher {
  return {
    async start({ folder }) {
      const socket = await knock(folder, readFileSync(join(folder, 'token'), 'utf8'));
      const say = (message: WriterMessage) => void socket.write(encodeJson(message));
      await behave({ socket, frames: decodeFrames(socket), say });
      return { kind: 'sudo', ended: new Promise(() => undefined), stop: () => undefined };
    },
  };
}

async function knock(folder: string, token: string): Promise<Socket> {
  const socket = connect(join(folder, 'socket'));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(encodeJson({ type: 'hello', protocol: writerProtocolVersion, token }));
  return socket;
}

/** However it comes about. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((closed) => {
    socket.resume().once('close', () => closed());
  });
}

function burn(changes: Partial<DriveBurn> = {}): DriveBurn {
  return {
    plan,
    planDigest: digest,
    imagePath: '/nowhere',
    delta: [],
    readDelta: (_, length) => Buffer.alloc(length),
    pieces: [],
    accept: () => Promise.reject(new Error('nothing was read')),
    signal: new AbortController().signal,
    beforeErasing: () => Promise.resolve(),
    afterErasing: () => Promise.resolve(),
    beforeHead: () => Promise.resolve(),
    onWaiting: () => undefined,
    onProgress: () => undefined,
    ...changes,
  };
}

function reading(changes: Partial<DriveReading> = {}): DriveReading {
  return {
    target,
    pieces: [
      { offset: 0, length: 4096, content: false },
      { offset: 8192, length: 4096, content: false },
    ],
    signal: new AbortController().signal,
    onPiece: () => Promise.resolve(),
    onWaiting: () => undefined,
    onProgress: () => undefined,
    ...changes,
  };
}

async function problemOf(work: Promise<unknown>) {
  return await work.then(
    () => expect.unreachable('it went well'),
    (error: unknown) => asProblem(error)?.toRecord() ?? error,
  );
}

/** Waits for the frame of that type, and for none without one. */
async function hears({ frames }: WriterEnd, type: string): Promise<void> {
  for (;;) {
    const { value: frame } = await frames.next();
    if (frame?.kind === 'json' && frame.text.includes(`"type":"${type}"`)) return;
  }
}

describe.skipIf(process.platform === 'win32')('the line to the writer', () => {
  it('is cut when the writer hangs with its drive and hears no cancellation', async () => {
    const operator = new AbortController();
    const launcher = standIn((end) => {
      void hears(end, 'erase').then(() => operator.abort());
      end.say({ type: 'ready' });
    });
    const burned = createDriveWriter(launcher, 1).burn(burn({ signal: operator.signal }));
    expect(await problemOf(burned)).toMatchObject({
      code: 'CANCELLED',
      state: expect.stringContaining('about to be erased'),
    });
  });

  it('is cut also while the changes are on their way', async () => {
    const operator = new AbortController();
    const launcher = standIn((end) => void hears(end, 'burn').then(() => operator.abort()));
    const delta = [{ offset: 0, length: largeDelta }];
    const burned = createDriveWriter(launcher, 1).burn(burn({ delta, signal: operator.signal }));
    expect(await problemOf(burned)).toMatchObject({ code: 'CANCELLED' });
  });

  it('says that the writer died when it ends while the changes are on their way', async () => {
    const launcher = standIn((end) => void hears(end, 'burn').then(() => end.socket.destroy()));
    const delta = [{ offset: 0, length: largeDelta }];
    expect(await problemOf(createDriveWriter(launcher).burn(burn({ delta })))).toMatchObject({
      code: 'WRITER_DIED',
      state: 'Nothing was written to Stick (/dev/sdz).',
    });
  });

  it.each([
    ['and stops listening', (socket: Socket) => void socket.end()],
    ['and is gone', (socket: Socket) => socket.destroySoon()],
  ])('has the last word of a writer that refuses while the changes are on their way %s', async (_, leave) => {
    const launcher = standIn((end) => {
      void hears(end, 'burn').then(() => {
        end.say({ type: 'problem', problem: refusal });
        return leave(end.socket);
      });
    });
    const delta = [{ offset: 0, length: largeDelta }];
    expect(await problemOf(createDriveWriter(launcher).burn(burn({ delta })))).toMatchObject(refusal);
  });

  it('sends no more changes to a writer that has said its last word', async () => {
    let pieces = 0;
    let heard: Promise<void> = Promise.resolve();
    const launcher = standIn((end) => {
      const listen = async () => {
        for await (const frame of end.frames)
          if (frame.kind === 'bytes') pieces += 1;
          else if (frame.text.includes('"type":"burn"')) end.say({ type: 'problem', problem: refusal });
      };
      heard = listen();
    });
    // The kernel takes all of them at once, so that the app never has to wait.
    const delta = Array.from({ length: 64 }, (_, index) => ({ offset: index * 4096, length: 1024 }));
    expect(await problemOf(createDriveWriter(launcher).burn(burn({ delta })))).toMatchObject(refusal);
    await heard;
    expect(pieces).toBeLessThan(delta.length);
  });

  it('takes many changes without piling up listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    try {
      const launcher = standIn((end) => void hears(end, 'begin').then(() => end.socket.destroy()));
      const delta = [{ offset: 0, length: largeDelta }];
      await problemOf(createDriveWriter(launcher).burn(burn({ delta })));
      await new Promise(setImmediate);
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
    }
  });

  it.each([
    ['left out', []],
    ['read twice', [0, 0]],
  ])('takes a drive for read only when every piece was: %s', async (_, indices) => {
    const launcher = standIn((end) => {
      for (const index of indices) end.say({ type: 'piece', index, sha256: digest });
      void hears(end, 'read').then(() => end.say({ type: 'done', ejected: false }));
    });
    expect(await problemOf(createDriveWriter(launcher, 1).read(reading()))).toBeInstanceOf(Error);
  });

  it('is not left open to a writer that comes when nobody wants it any more', async () => {
    const operator = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    const launcher = standIn(({ socket }) => {
      closed = closeOf(socket);
      operator.abort();
    });
    expect(
      await problemOf(createDriveWriter(launcher).burn(burn({ signal: operator.signal }))),
    ).toMatchObject({
      code: 'CANCELLED',
    });
    await closed;
  });
});

describe.skipIf(process.platform === 'win32')('the door for the writer', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sifaka-door-'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });

  it('sends away at its end whoever came in and said nothing', async () => {
    const door = await openWriterDoor();
    const stranger = connect(join(door.folder, 'socket')).resume();
    await once(stranger, 'connect');
    const closed = closeOf(stranger);
    await door.close();
    await closed;
  });

  it('lets one writer in', async () => {
    const door = await openWriterDoor();
    const token = readFileSync(join(door.folder, 'token'), 'utf8');
    const [first, second] = await Promise.all([knock(door.folder, token), knock(door.folder, token)]);
    const ends = [first, second].map((socket) => closeOf(socket));
    const { socket } = await door.arrived;
    await Promise.race(ends);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
    await Promise.all(ends);
    await door.close();
  });

  it.each(['', 'relative', '/dev/null/not-there'])(
    'is made elsewhere when the runtime folder is %j',
    async (runtime) => {
      vi.stubEnv('XDG_RUNTIME_DIR', runtime);
      vi.stubEnv('TMPDIR', home);
      const door = await openWriterDoor();
      expect(await readdir(home)).toHaveLength(1);
      await door.close();
      expect(await readdir(home)).toEqual([]);
    },
  );

  it('takes away what an app that was killed left there, and no door that is in use', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', '');
    vi.stubEnv('TMPDIR', home);
    const stale = join(home, 'sifaka-writer-killed');
    await mkdir(stale);
    const listening = `require('node:net').createServer().listen('${stale}/socket', () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['--eval', listening]), 'exit');
    expect(await readdir(stale)).toEqual(['socket']);
    // Its writer has come in, so that nobody listens any more.
    const inUse = join(home, 'sifaka-writer-in-use');
    await mkdir(inUse);
    const waiting = await openWriterDoor();
    const door = await openWriterDoor();
    const left = [inUse, waiting.folder, door.folder].map((folder) => basename(folder));
    expect((await readdir(home)).toSorted()).toEqual(left.toSorted());
    await door.close();
    await waiting.close();
  });

  it('says in words where none can be made, and leaves nothing', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', '');
    vi.stubEnv('TMPDIR', join(home, 'not there'));
    expect(await problemOf(openWriterDoor())).toMatchObject({ code: 'ELEVATION_UNAVAILABLE' });
    vi.stubEnv('TMPDIR', home);
    vi.stubEnv('XDG_RUNTIME_DIR', join(home, 'x'.repeat(100)));
    const door = await openWriterDoor();
    await door.close();
    expect(await readdir(home)).toEqual([]);
  });
});
