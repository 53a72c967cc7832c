import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWriterDoor, type WriterDoor } from '../../../electron/services/drives/writer-door.ts';
import { asPlainUser } from '../../rig/plain-user.ts';
import { unproven } from '../../rig/required-tools.ts';
import { say } from './writer-alone.ts';

let door: WriterDoor;
const lines: Socket[] = [];
beforeEach(async () => {
  door = await openWriterDoor();
});
afterEach(async () => {
  await door.close();
  for (const open of lines.splice(0)) open.destroy();
});

async function line(): Promise<Socket> {
  const socket = connect(join(door.folder, 'socket'));
  lines.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const hello = (token: string, protocol = 1) => say({ type: 'hello', protocol, token });
const token = () => readFile(join(door.folder, 'token'), 'latin1');

describe('the door that the app opens', () => {
  test('is a private folder with a private token', async () => {
    expect((await stat(door.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(door.folder, 'token'))).mode & 0o777).toBe(0o600);
    expect(await token()).toMatch(/^[0-9a-f]{64}$/);
    expect((await readdir(door.folder)).toSorted()).toEqual(['socket', 'token']);
  });

  test('is closed to other users: neither token nor socket can be had', async (context) => {
    if (process.geteuid?.() !== 0) unproven(context, 'needs root to be another user');
    const folder = door.folder;
    await asPlainUser(async () => {
      await expect(readFile(join(folder, 'token'))).rejects.toThrow('EACCES');
      await expect(readdir(folder)).rejects.toThrow('EACCES');
      const socket = connect(join(folder, 'socket'));
      await expect(once(socket, 'connect')).rejects.toThrow('EACCES');
    });
  });

  const strangers: readonly (readonly [what: string, words: (known: string) => Buffer])[] = [
    ['with a wrong token', () => hello('0'.repeat(64))],
    ['with no token', () => hello('')],
    ['with a part of the token', (known) => hello(known.slice(0, -1))],
    ['with more than the token', (known) => hello(`${known}0`)],
    ['with a token as long in other bytes', () => hello('é'.repeat(32))],
    ['of another version', (known) => hello(known, 2)],
    ['that says something else', () => say({ type: 'ready' })],
    ['that says more than hello', (known) => say({ type: 'hello', protocol: 1, token: known, force: true })],
    ['that is no program of ours', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['that speaks of a giant', () => Buffer.from([255, 255, 255, 255, 0])],
  ];

  test.for(strangers)('turns a stranger away %s, and lets the right one in', async ([, words]) => {
    const known = await token();
    const stranger = await line();
    stranger.resume().write(words(known));
    await once(stranger, 'close');
    const writer = await line();
    writer.write(hello(known));
    const { socket } = await door.arrived;
    socket.write('welcome');
    expect(String(await once(writer, 'data'))).toBe('welcome');
    socket.destroy();
  });

  test('does not wait for a stranger who says nothing', async () => {
    const known = await token();
    const silent = await line();
    const half = await line();
    half.write(hello(known).subarray(0, 9));
    const writer = await line();
    writer.write(hello(known));
    const { socket } = await door.arrived;
    socket.destroy();
    // And they do not keep the app from ending.
    const closed = [silent, half].map((one) => once(one.resume(), 'close'));
    await door.close();
    await Promise.all(closed);
  });

  test('lets nobody in twice', async () => {
    const known = await token();
    const first = await line();
    const second = await line();
    first.write(hello(known));
    const { socket } = await door.arrived;
    const closed = once(second.resume(), 'close');
    second.write(hello(known));
    await closed;
    const third = connect(join(door.folder, 'socket'));
    await expect(once(third, 'connect')).rejects.toThrow(/ECONNREFUSED|ENOENT/);
    socket.destroy();
  });
});
