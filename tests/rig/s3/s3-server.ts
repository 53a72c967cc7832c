import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../free-port.ts';

/** Debian's Swift with s3api, as its own process on a loopback port. What it keeps survives `kill` and `restart`. */
export interface S3Server {
  readonly port: number;
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Where it keeps what it has: files below `objects/…/*.data`, as they were sent. */
  readonly devices: string;
  /** The rights of the key, on the bucket that is asked for. */
  client(endpoint?: string): S3Client;
  makeBucket(name: string): Promise<void>;
  /** As a power cut: SIGKILL, and nobody is told. */
  kill(): Promise<void>;
  /** Again at the same port, with what it had. */
  restart(): Promise<void>;
  /** Ends it and removes all that it had. */
  stop(): Promise<void>;
}

/** Debian's `nobody`. */
const nobody = 65_534;
const programs = ['swift_server.py', 'memory_cache.py'];

/** It has a temporary folder of its own, which must have extended attributes (not every tmpfs has them). */
export async function startS3(): Promise<S3Server> {
  const isRoot = process.getuid?.() === 0;
  const folder = mkdtempSync(join(tmpdir(), 'sifaka-s3-'));
  // Who runs it may not see where the sources are.
  for (const name of programs) copyFileSync(join(import.meta.dirname, name), join(folder, name));
  const accessKey = 'lab:operator';
  const secretKey = `s3-secret-${crypto.randomUUID()}`;
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, secretKey, { mode: 0o600 });
  if (isRoot) for (const path of [folder, secretFile]) chownSync(path, nobody, nobody);

  let child: ChildProcess | undefined;
  // Its own also while it is down.
  const port = await freePort();
  const start = async () => {
    child = spawn(
      '/usr/bin/python3',
      ['-B', join(folder, 'swift_server.py'), folder, accessKey, secretFile, String(port)],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: '/usr/bin:/bin', HOME: folder },
        ...(isRoot ? { uid: nobody, gid: nobody } : {}),
      },
    );
    await ready(child);
  };
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const client = (at = endpoint) =>
    new S3Client({
      endpoint: at,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  return {
    port,
    endpoint,
    accessKey,
    secretKey,
    devices: join(folder, 'devices'),
    client,
    async makeBucket(name) {
      await client().send(new CreateBucketCommand({ Bucket: name }));
    },
    kill: () => ended(child),
    async restart() {
      await ended(child);
      await start();
    },
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    if (!child.stdout || !child.stderr) throw new Error('no pipes');
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Swift ended: ${said.slice(-20).join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve();
    });
  });
}

/** It holds no state that a SIGTERM would save, so that both ends are the same. */
async function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}
