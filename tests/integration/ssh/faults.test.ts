import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireTools } from '../../rig/required-tools.ts';
import { freePort } from '../../rig/free-port.ts';
import { ownUser } from '../../rig/sshd.ts';
import { problemOf } from '../lab/lab-fixtures.ts';
import { type OpenWorld, runOn, SshWorld, still } from './ssh-world.ts';

let world: SshWorld;
beforeEach((context) => {
  requireTools(context, 'sshd', 'ssh-keygen');
  world = new SshWorld();
});
afterEach(() => world?.remove());

async function strange(
  meet: Parameters<SshWorld['strangeServer']>[0],
  limits: Parameters<SshWorld['open']>[0] = { connectMilliseconds: 3000 },
): Promise<OpenWorld> {
  world.key();
  world.nodes({ baobab: await world.strangeServer(meet) });
  return world.open(limits);
}

async function baobab(): Promise<OpenWorld> {
  const server = await world.sshd();
  server.authorize(world.key());
  return world.trusting({ baobab: server });
}

describe('a server', () => {
  it('that is not there is said to be unreachable', async () => {
    world.nodes({ baobab: await freePort() });
    expect(await problemOf((await world.open()).nodes.hostKey('baobab', still))).toMatchObject({
      code: 'SSH_UNREACHABLE',
      what: expect.stringContaining('nothing listens at that port'),
    });
  });

  it('whose name nobody knows is said to be unreachable', async () => {
    world.nodes({ baobab: { hosts: { management: 'no-such-host.invalid' } } });
    expect(await problemOf((await world.open()).nodes.hostKey('baobab', still))).toMatchObject({
      code: 'SSH_UNREACHABLE',
    });
  });

  it.each([
    ['says nothing', () => undefined],
    [
      'says who it is and then nothing',
      (socket: { write(text: string): void }) => socket.write('SSH-2.0-Quiet\r\n'),
    ],
  ])('that %s is given up', async (_what, meet) => {
    const open = await strange(meet);
    expect(await problemOf(open.nodes.hostKey('baobab', still))).toMatchObject({
      code: 'SSH_TIMED_OUT',
      what: expect.stringContaining('it took the connection and did not agree on keys'),
    });
  });

  it('that says endless things before it says who it is is given up', async () => {
    const open = await strange((socket) => {
      const line = `${'x'.repeat(4096)}\r\n`;
      const more = () => {
        while (!socket.destroyed && socket.write(line));
      };
      socket.on('drain', more);
      more();
    });
    expect((await problemOf(open.nodes.hostKey('baobab', still))).code).toMatch(
      /^SSH_(TIMED_OUT|PROTOCOL_FAILED|CONNECTION_LOST)$/,
    );
  });

  it.each([
    ['ends the connection at once', ''],
    ['is no SSH server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers garbage for keys', `SSH-2.0-Garbage\r\n${'\u0007\u001b[2Jno'.repeat(200)}`],
  ])('that %s is said so, without its escapes', async (_what, text) => {
    // What it says comes in time, however busy this machine is.
    const open = await strange((socket) => socket.end(text, 'latin1'), {});
    const problem = await problemOf(open.nodes.hostKey('baobab', still));
    expect(problem.code).toMatch(/^SSH_(PROTOCOL_FAILED|CONNECTION_LOST)$/);
    expect(JSON.stringify(problem)).not.toMatch(/\\u001b|\\u0007/);
  });

  it('that hangs after the login was asked for is given up, with what it hangs at', async () => {
    const server = await world.sshd({
      settings: ['AuthorizedKeysCommand /bin/sleep 600', `AuthorizedKeysCommandUser ${ownUser}`],
    });
    world.key();
    // So long that it comes to the login on a busy machine, too: until then another thing is what it hangs at.
    const open = await world.trusting({ baobab: server }, { connectMilliseconds: 15_000 });
    expect(await problemOf(runOn(open, 'baobab', { argv: ['true'] }))).toMatchObject({
      code: 'SSH_TIMED_OUT',
      what: expect.stringContaining('it did not answer to the login'),
    });
  });
});

describe('a command', () => {
  it('that fails is a result, with its code and both outputs', async () => {
    const open = await baobab();
    const { code, stdout, stderr } = await runOn(open, 'baobab', {
      argv: ['sh', '-c', 'echo out; echo err >&2; exit 7'],
    });
    expect([code, stdout.toString(), stderr.toString()]).toEqual([7, 'out\n', 'err\n']);
  });

  it('gets its input as bytes', async () => {
    const open = await baobab();
    const input = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    expect((await runOn(open, 'baobab', { argv: ['cat'], input })).stdout.equals(input)).toBe(true);
  });

  it.each(['yes', 'yes >&2'])('that floods (%s) is ended there, and nothing of it is kept', async (flood) => {
    const open = await baobab();
    const file = join(world.folder, 'pid');
    const script = `echo $$ > "$1"; ${flood}`;
    const argv = ['sh', '-c', script, 'sh', file] as const;
    expect(
      await problemOf(runOn(open, 'baobab', { argv: [...argv] }, { limits: { bytes: 100_000 } })),
    ).toMatchObject({ code: 'SSH_OUTPUT_TOO_LARGE', state: 'The command was ended on baobab.' });
    await gone(file);
  });

  it('that takes too long is ended there, with what it started', async () => {
    const open = await baobab();
    const file = join(world.folder, 'pid');
    const argv = ['sh', '-c', 'sleep 600 & echo $! > "$1"; wait', 'sh', file] as const;
    // So long that it has begun on a busy machine, too.
    expect(
      await problemOf(runOn(open, 'baobab', { argv: [...argv] }, { limits: { milliseconds: 5000 } })),
    ).toMatchObject({ code: 'SSH_TIMED_OUT', state: 'The command was ended on baobab.' });
    await gone(file);
  });

  it('that is cancelled is ended there, also when it does not want to', async () => {
    const open = await baobab();
    const file = join(world.folder, 'pid');
    const argv = ['sh', '-c', 'trap "" TERM; echo $$ > "$1"; while :; do sleep 1; done', 'sh', file] as const;
    const cancel = new AbortController();
    const running = problemOf(runOn(open, 'baobab', { argv: [...argv] }, { signal: cancel.signal }));
    await written(file);
    cancel.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED', state: 'The command was ended on baobab.' });
    await gone(file);
    // The connection is as good as before.
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('that is cancelled and does not want to is ended there, also where all takes twice as long', async () => {
    const slow = join(world.folder, 'slow');
    mkdirSync(slow);
    writeFileSync(join(slow, 'sleep'), '#!/bin/sh\nexec /bin/sleep $(($1 * 2))\n', { mode: 0o755 });
    const server = await world.sshd({ settings: [`SetEnv PATH=${slow}:/usr/bin:/bin`] });
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const file = join(world.folder, 'pid');
    const argv = ['sh', '-c', 'trap "" TERM; echo $$ > "$1"; while :; do sleep 1; done', 'sh', file] as const;
    const cancel = new AbortController();
    const running = problemOf(runOn(open, 'baobab', { argv: [...argv] }, { signal: cancel.signal }));
    await written(file);
    cancel.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED', state: 'The command was ended on baobab.' });
    await gone(file);
  });

  it('that is cancelled is asked kindly first', async () => {
    const open = await baobab();
    const file = join(world.folder, 'pid');
    const script = 'trap "echo tidied >> \\"$1\\"; exit" TERM; echo $$ > "$1"; while :; do sleep 0.1; done';
    const cancel = new AbortController();
    const running = problemOf(
      runOn(open, 'baobab', { argv: ['sh', '-c', script, 'sh', file] }, { signal: cancel.signal }),
    );
    await written(file);
    cancel.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(readFileSync(file, 'utf8')).toContain('tidied');
  });

  it('that is cancelled with as many others as a connection carries is ended there like all of them', async () => {
    const open = await baobab();
    const files = Array.from({ length: 8 }, (_, index) => join(world.folder, `pid-${index}`));
    const cancel = new AbortController();
    const running = files.map((file) =>
      problemOf(
        runOn(
          open,
          'baobab',
          { argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 600', 'sh', file] },
          { signal: cancel.signal },
        ),
      ),
    );
    for (const file of files) await written(file);
    cancel.abort();
    for (const problem of await Promise.all(running))
      expect(problem).toMatchObject({ code: 'CANCELLED', state: 'The command was ended on baobab.' });
    for (const file of files) await gone(file);
  });

  it('that is cancelled before it began is not begun', async () => {
    const open = await baobab();
    expect(
      await problemOf(runOn(open, 'baobab', { argv: ['true'] }, { signal: AbortSignal.abort() })),
    ).toMatchObject({ code: 'CANCELLED', state: 'Nothing was run there.' });
  });

  it('whose connection is cut says that its end is not known, and the next one connects anew', async () => {
    const open = await baobab();
    // The parent of the command is the connection's own sshd.
    const argv = ['sh', '-c', 'kill -9 "$PPID"; sleep 1'] as const;
    expect(await problemOf(runOn(open, 'baobab', { argv: [...argv] }))).toMatchObject({
      code: 'SSH_CONNECTION_LOST',
      state: expect.stringContaining('not known'),
    });
    expect(await runOn(open, 'baobab', { argv: ['true'] })).toMatchObject({ code: 0 });
  });

  it('that the server replaces by one of its own is not taken for it', async () => {
    const server = await world.sshd({ settings: ['ForceCommand printf "\\033[2Jonly backups here"'] });
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const problem = await problemOf(runOn(open, 'baobab', { argv: ['true'] }));
    expect(problem).toMatchObject({
      code: 'SSH_COMMAND_FAILED',
      what: expect.stringContaining('only backups here'),
      next: expect.stringContaining('forced command'),
    });
    expect(problem.what).not.toContain('\u001b');
  });
});

describe('a connection', () => {
  it('that several wait for goes on when one of them goes away, and ends when all have', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const leaving = new AbortController();
    const left = problemOf(runOn(open, 'baobab', { argv: ['true'] }, { signal: leaving.signal }));
    const stays = runOn(open, 'baobab', { argv: ['true'] });
    leaving.abort();
    expect(await left).toMatchObject({ code: 'CANCELLED' });
    expect(await stays).toMatchObject({ code: 0 });
  });

  it('to a server that hangs is ended when nobody waits any more', async () => {
    const closed = Promise.withResolvers<void>();
    const met = Promise.withResolvers<void>();
    world.key();
    const port = await world.strangeServer((socket) => {
      socket.on('close', () => closed.resolve());
      met.resolve();
    });
    world.nodes({ baobab: port });
    const open = await world.open();
    const cancel = new AbortController();
    const running = problemOf(runOn(open, 'baobab', { argv: ['true'] }, { signal: cancel.signal }));
    await met.promise;
    cancel.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    await closed.promise;
  });

  it('that was idle for too long is not used while it ends', async () => {
    const server = await world.sshd();
    server.authorize(world.key());
    const { ssh } = await world.trusting({ baobab: server }, { idleMilliseconds: 20 });
    const destination = (await ssh.ways()).destinations.toNode('baobab');
    for (let times = 0; times < 5; times += 1) {
      expect(await ssh.run(destination, { argv: ['true'] }, { signal: still })).toMatchObject({ code: 0 });
      // The timer that ends it was set just before this one: its end is on the way now.
      await pause(20);
    }
  });

  it('carries more commands at once than a server allows sessions', async () => {
    const server = await world.sshd({ settings: ['MaxSessions 10'] });
    server.authorize(world.key());
    const open = await world.trusting({ baobab: server });
    const commands = Array.from({ length: 25 }, () => runOn(open, 'baobab', { argv: ['sleep', '0.05'] }));
    expect((await Promise.all(commands)).map(({ code }) => code)).toEqual(commands.map(() => 0));
  });
});

async function written(file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await pause(10);
}

/** Until the process whose id is in the file has ended; the test's own time limit ends a wait for ever. */
async function gone(file: string): Promise<void> {
  const pid = Number(readFileSync(file, 'utf8'));
  for (;;) {
    try {
      if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return;
    } catch {
      return;
    }
    await pause(20);
  }
}
