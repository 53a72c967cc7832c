import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, makeSlowImage, type RunningCli } from './run-cli.ts';

let desk: Desk;
let lab = '';

/** titan-jh is built from an image that takes long enough to be caught in the middle. */
beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
  const image = desk.path('slow.img');
  makeSlowImage(lab, image);
  const added = await desk.run(['images', 'add', 'slow', image, '--boot', '1', '--root', '2'], { lab });
  expect(added).toMatchObject({ code: 0 });
  const set = ['lab', 'set', 'metis/inventory.yaml', '/classes/external-hosts/image', 'slow'];
  expect((await desk.run(set, { lab })).code).toBe(0);
  expect((await desk.run(['drives', 'create', 'sd', '--size', '200MiB'])).code).toBe(0);
});
afterAll(() => desk.remove());

const stopAtLine = new URL('stop-at-line.mjs', import.meta.url).href;
const stopAtImage = new URL('stop-at-image.mjs', import.meta.url).href;

/** A burn that stands still right after it said this. */
async function burnUntil(type: string, step?: string): Promise<RunningCli> {
  const words = [`"type":"${type}"`, ...(step === undefined ? [] : [`"step":"${step}"`])];
  const burn = desk.start(['card', 'burn', 'titan-jh', '--drive', 'virtual:sd', '--yes', '--json'], {
    lab,
    env: { NODE_OPTIONS: `--import=${stopAtLine}`, STOP_AT_LINE: JSON.stringify(words) },
  });
  await burn.event(type, step);
  await standing(burn);
  return burn;
}

async function standing(running: RunningCli): Promise<void> {
  const state = ['-o', 'state=', '-p', String(running.child.pid)];
  while (!execFileSync('ps', state, { encoding: 'utf8' }).trimStart().startsWith('T')) await running.tick();
}

function signal(burn: RunningCli, ...names: NodeJS.Signals[]): void {
  for (const name of names) burn.child.kill(name);
  burn.child.kill('SIGCONT');
}

describe('Ctrl-C during a burn', () => {
  it('cancels the run, waits for its end, names the state and exits with 130', async () => {
    const burn = await burnUntil('progress', 'write');
    signal(burn, 'SIGINT');
    const result = await burn.ended;
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(/^Stopping … \(once more to leave at once\)$/m);
    expect(result.lines.at(-2)).toMatchObject({ type: 'ended', outcome: 'cancelled' });
    expect(result.last).toMatchObject({ type: 'problem', code: 'CANCELLED', exitCode: 130 });
    expect(result.last['state']).toMatch(/sd/);
    expect(result.last['state']).not.toMatch(/^Nothing was written/);
    const jobs = await desk.run(['jobs', 'list', '--json']);
    expect(jobs.last).toMatchObject({
      report: expect.arrayContaining([expect.objectContaining({ state: 'cancelled' })]),
    });
  });

  it('a second one leaves at once, naming the state, and the next process finds the run cut off', async () => {
    const burn = await burnUntil('started');
    signal(burn, 'SIGINT', 'SIGTERM');
    const result = await burn.ended;
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(/Left at once\. Nothing was written: .*sd\.img is as it was\./);
    const jobs = await desk.run(['jobs', 'list', '--json']);
    const [newest] = jobs.last['report'] as { state: string; problem: { code: string; state: string } }[];
    expect(newest).toMatchObject({ state: 'cut-off', problem: { code: 'JOB_CUT_OFF' } });
  });

  it('cancels one whose plan is still being made, too', async () => {
    // A cache of its own: the image has to be unpacked before there is a plan.
    const home = desk.path('home-fresh');
    const identity = desk.path('home/config/identity.txt');
    const args = ['card', 'build', 'titan-jh', '--to', desk.path('never.img'), '--identity', identity];
    const build = desk.start([...args, '--json'], {
      lab,
      home,
      env: { NODE_OPTIONS: `--import=${stopAtImage}`, STOP_IN_FOLDER: `${home}/cache` },
    });
    await standing(build);
    signal(build, 'SIGINT');
    const result = await build.ended;
    expect(result).toMatchObject({ code: 130, last: { type: 'problem', code: 'CANCELLED' } });
    expect(existsSync(desk.path('never.img'))).toBe(false);
  });
});

describe('two terminals', () => {
  it('the second burn onto one drive is refused with 4 while the first runs', async () => {
    const first = await burnUntil('started');
    const args = ['card', 'burn', 'titan-13', '--drive', 'virtual:sd', '--yes', '--json'];
    const second = await desk.run(args, { lab });
    expect(second).toMatchObject({ code: 4, last: { type: 'problem', code: 'TARGET_IN_USE' } });
    signal(first, 'SIGTERM');
    expect((await first.ended).code).toBe(130);
  });

  it('one follows and cancels what the other runs', async () => {
    const burn = await burnUntil('started');
    const { id } = ((await desk.run(['jobs', 'list', '--json'])).last['report'] as { id: string }[])[0] ?? {
      id: '',
    };
    const follower = desk.start(['jobs', 'follow', id.slice(0, 8), '--json']);
    await follower.event('started');
    const canceller = desk.start(['jobs', 'cancel', id.slice(0, 8)]);
    while (!existsSync(desk.path('home/state/jobs', `${id}.cancel`))) await canceller.tick();
    burn.child.kill('SIGCONT');
    expect((await burn.ended).code).toBe(130);
    const cancelled = await canceller.ended;
    expect(cancelled).toMatchObject({ code: 0 });
    expect(cancelled.stdout).toMatch(/^Stopped\. \S/);
    expect(await follower.ended).toMatchObject({ code: 130, last: { type: 'problem', code: 'CANCELLED' } });
  });

  it('Ctrl-C in the one that follows leaves the run alone', async () => {
    const burn = await burnUntil('started');
    const { id } = ((await desk.run(['jobs', 'list', '--json'])).last['report'] as { id: string }[])[0] ?? {
      id: '',
    };
    const follower = desk.start(['jobs', 'follow', id, '--json']);
    await follower.event('started');
    follower.child.kill('SIGINT');
    const followed = await follower.ended;
    expect(followed).toMatchObject({ code: 130 });
    expect(followed.last['state']).toMatch(/goes on/);
    burn.child.kill('SIGCONT');
    expect(await burn.ended).toMatchObject({ code: 0, last: { type: 'report' } });
  });
});
