import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, type TestContext } from 'vitest';
import { callKinds } from '../../../rig/sync-faults/fault-control.ts';
import { buildFaultLayer, FaultLayer, requireFaultLayer } from '../../../rig/sync-faults/fault-layer.ts';

const everyCall = join(import.meta.dirname, 'every-call-process.ts');
const run = promisify(execFile);

interface World extends Disposable {
  readonly root: string;
  readonly layer: FaultLayer;
  /** What the program said, or the signal that ended it. */
  node(body: string): Promise<string>;
}

async function makeWorld(context: TestContext): Promise<World> {
  requireFaultLayer(context);
  const library = await buildFaultLayer();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-sync-faults-')));
  const root = join(folder, 'root');
  const layer = new FaultLayer(library, join(folder, 'control'), [root]);
  const prepare = `
    const fs = require('node:fs'), childProcess = require('node:child_process'), threads = require('node:worker_threads');
    const root = ${JSON.stringify(root)};
    const file = fs.openSync(root + '/file', 'r'), writable = fs.openSync(root + '/other', 'r+'), folder = fs.openSync(root, 'r');
  `;
  return {
    root,
    layer,
    async node(body) {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(join(root, 'empty'), { recursive: true });
      writeFileSync(join(root, 'file'), 'content');
      writeFileSync(join(root, 'other'), '0123456789');
      try {
        const { stdout } = await run(process.execPath, ['-e', prepare + body], {
          env: { ...process.env, NODE_OPTIONS: '', ...layer.environment() },
        });
        return stdout.trim();
      } catch (error) {
        if (error instanceof Error && 'signal' in error && typeof error.signal === 'string')
          return error.signal;
        throw error;
      }
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const errnos: Readonly<Record<string, number>> = { ENOSPC: -28, EIO: -5, EACCES: -13, ESTALE: -116 };

test('each way of each kind of call fails with the error that was asked for, also in a worker', async (context) => {
  using world = await makeWorld(context);
  const { stdout } = await run(process.execPath, [everyCall, world.root, world.layer.path], {
    env: { ...process.env, NODE_OPTIONS: '', ...world.layer.environment() },
  });
  const lines = stdout.trim().split('\n');
  const seen = new Set<string>();
  for (const line of lines) {
    const [, thread, error = '', errno, kind, times] =
      /^(\w+) .*: (\w+) (-?\d+), (\w+) (\d+)$/.exec(line) ?? [];
    expect(`${line} → ${errno} ${times}`).toBe(`${line} → ${errnos[error]} 1`);
    seen.add(`${thread} ${kind}`);
  }
  expect([...seen].toSorted()).toEqual(
    ['main', 'worker'].flatMap((thread) => callKinds.map((kind) => `${thread} ${kind}`)).toSorted(),
  );
});

const write = (name: string) => `fs.writeFileSync(root + '/${name}', 'x'); words.push('${name}');`;

test('from the n-th call on all fail, and none before it, nor any outside the root or without the part', async (context) => {
  using world = await makeWorld(context);
  world.layer.arm({ action: 'fail', kinds: ['create'], part: '-new', error: 'EIO', at: 2, onward: true });
  const said = await world.node(`const words = [];
    fs.writeFileSync(root + '-new', 'x');
    ${write('a')} ${write('b-new')}
    for (const name of ['c-new', 'd-new']) try { fs.writeFileSync(root + '/' + name, 'x'); } catch (error) { words.push(error.code); }
    ${write('e')}
    console.log(words.join(' '));`);
  expect(said).toBe('a b-new EIO EIO e');
  expect(world.layer.fired).toEqual({ times: 2, kind: 'create', path: join(world.root, 'd-new') });
});

test('a disk that gets full takes what there is room for, by every way of writing', async (context) => {
  using world = await makeWorld(context);
  const size = (name: string) => statSync(join(world.root, name)).size;
  world.layer.arm({ action: 'full', bytes: 6 });
  const writing = `const out = fs.openSync(root + '/out', 'w'); const words = [fs.writeSync(out, '1234'), fs.writeSync(out, '5678')];
    try { fs.writeSync(out, '9'); } catch (error) { words.push(error.code); }
    fs.mkdirSync(root + '/empty/more');
    console.log(words.join(' '));`;
  expect(await world.node(writing)).toBe('4 2 ENOSPC');
  expect(size('out')).toBe(6);
  world.layer.arm({ action: 'full', bytes: 9 });
  const copying = `try { fs.copyFileSync(root + '/other', root + '/copied'); } catch (error) { console.log(error.code); }`;
  expect(await world.node(copying)).toBe('ENOSPC');
  world.layer.arm({ action: 'full', bytes: 10 });
  expect(await world.node(copying)).toBe('');
  expect(size('copied')).toBe(10);
});

test('the program is killed before, after and halfway through a call, and by what it started', async (context) => {
  using world = await makeWorld(context);
  const copy = `fs.writeFileSync(root + '/copy', '12345678'); console.log('lives');`;
  const left: string[] = [];
  for (const moment of ['before', 'halfway', 'after'] as const) {
    world.layer.reset();
    world.layer.arm({ action: 'kill', moment, kinds: ['write'], at: 1 });
    left.push(`${await world.node(copy)} ${readFileSync(join(world.root, 'copy'), 'utf8')}`);
  }
  expect(left).toEqual(['SIGKILL ', 'SIGKILL 1234', 'SIGKILL 12345678']);
  world.layer.reset();
  world.layer.arm({ action: 'kill', moment: 'before', kinds: ['sync'], at: 1 });
  expect(await world.node(`childProcess.spawnSync('sync', ['-f', root]); console.log('lives');`)).toBe(
    'SIGKILL',
  );
  world.layer.reset();
  world.layer.arm({ action: 'kill', moment: 'after', kinds: ['rename'], at: 1 });
  const threaded = `new threads.Worker(\`require('node:fs').renameSync(\${JSON.stringify(root + '/file')}, \${JSON.stringify(root + '/moved')})\`, { eval: true }).on('exit', () => console.log('lives'));`;
  expect(await world.node(threaded)).toBe('SIGKILL');
  expect(readFileSync(join(world.root, 'moved'), 'utf8')).toBe('content');
});

test('what a program left behind does not come upon the fault that is meant for the next one', async (context) => {
  using world = await makeWorld(context);
  const folder = join(world.root, '..');
  const orphan = `until [ -e ${folder}/go ]; do sleep 0.01; done; sync -f ${world.root}; >${folder}/done`;
  await world.node(
    `childProcess.spawn('sh', ['-c', ${JSON.stringify(orphan)}], { detached: true, stdio: 'ignore' }).unref();`,
  );
  world.layer.reset();
  world.layer.arm({ action: 'kill', moment: 'before', kinds: ['sync'], at: 1 });
  writeFileSync(join(folder, 'go'), '');
  await expect.poll(() => existsSync(join(folder, 'done'))).toBe(true);
  expect(world.layer.fired.times).toBe(0);
  expect(await world.node(`childProcess.spawnSync('sync', ['-f', root]); console.log('lives');`)).toBe(
    'SIGKILL',
  );
});

test('an armed fault does nothing once it is disarmed, and calls are counted all the same', async (context) => {
  using world = await makeWorld(context);
  world.layer.arm({ action: 'fail', kinds: ['unlink'], error: 'EIO', at: 1, onward: true });
  world.layer.disarm();
  const said = await world.node(`fs.unlinkSync(root + '/file'); console.log(fs.existsSync(root + '/file'));`);
  expect(said).toBe('false');
  expect(world.layer.counts).toMatchObject({ unlink: 1, rename: 0 });
});

test('the program waits before a call while something else is changed', async (context) => {
  using world = await makeWorld(context);
  world.layer.arm({ action: 'pause', kinds: ['rename'], at: 1 });
  const said = world.node(
    `fs.renameSync(root + '/file', root + '/moved'); console.log(fs.readFileSync(root + '/moved', 'utf8'));`,
  );
  await expect.poll(() => world.layer.paused).toBe(true);
  writeFileSync(join(world.root, 'file'), 'meanwhile');
  world.layer.goOn();
  expect(await said).toBe('meanwhile');
});
