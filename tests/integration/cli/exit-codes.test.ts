import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

describe('the exit code of a command', () => {
  it('is 0 when a card was made and proven, and still is that card', async () => {
    const file = desk.path('card.img');
    const built = await desk.run(['card', 'build', 'titan-13', '--to', file], { lab });
    expect(built).toMatchObject({ code: 0 });
    expect(built.stdout).toMatch(/^Done and proven: this is the recovery card of titan-13/);
    expect(built.stdout).toMatch(
      /Next: Write \S+\.img onto a card, insert it into titan-13 and power it on\./,
    );
    const verified = await desk.run(['card', 'verify', 'titan-13', '--drive', 'card.img'], { lab });
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toMatch(/^Proven: this is still the card/);
  });

  it('is 1 when the card is no longer what its receipt says', async () => {
    const file = desk.path('changed.img');
    expect((await desk.run(['card', 'build', 'titan-15', '--to', file], { lab })).code).toBe(0);
    const bytes = readFileSync(file);
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.from('X'), 0, 1, bytes.indexOf('titan-15\n'));
    closeSync(descriptor);
    const verified = await desk.run(['card', 'verify', 'titan-15', '--drive', file, '--json'], { lab });
    expect(verified.code).toBe(1);
    expect(JSON.stringify(verified.last)).toMatch(/VERIFY_MISMATCH|"matches":false/);
  });

  it('is 2 for bad input of every kind, each with a code and what to do next', async () => {
    const cases: [string[], string][] = [
      [['card', 'burnn', 'titan-13'], 'INPUT_INVALID'],
      [['card', 'plan'], 'INPUT_INVALID'],
      [['card', 'plan', 'titan-13'], 'INPUT_INVALID'],
      [['card', 'plan', 'titan-99', '--to', 'x.img'], 'NODE_UNKNOWN'],
      [['card', 'plan', 'NOT A NAME', '--to', 'x.img'], 'INPUT_INVALID'],
      [['card', 'plan', 'titan-21', '--to', 'x.img'], 'NODE_NOT_RECOVERABLE'],
      [['card', 'plan', 'titan-13', '--drive', 'virtual:nothing'], 'TARGET_MISSING'],
      [['drives', 'create', 'x', '--size', 'large'], 'INPUT_INVALID'],
      [['lab', 'get', 'metis/inventory.yaml', '/nodes/nobody'], 'LAB_VALUE_MISSING'],
      [['jobs', 'follow', '00000000'], 'JOB_UNKNOWN'],
      [['serve', '--port', 'http'], 'INPUT_INVALID'],
      [['serve', '--role', 'admin'], 'INPUT_INVALID'],
      [['logbook', '--limit', '0'], 'INPUT_INVALID'],
      [['images', 'verify', 'nothing'], 'IMAGE_UNKNOWN'],
    ];
    const results = await Promise.all(cases.map(([args]) => desk.run([...args, '--json'], { lab })));
    const found = results.map(({ code, last }) => [code, last['type'], last['code'], last['exitCode']]);
    expect(found).toEqual(cases.map(([, code]) => [2, 'problem', code, 2]));
    for (const { last } of results) expect(last['next']).toMatch(/\w/);
  });

  it('is 2 without a lab, and says how to name one', async () => {
    const result = await desk.run(['card', 'nodes'], { cwd: desk.path('nowhere') });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/not a lab[\s\S]*--lab DIR[\s\S]*LAB_NOT_FOUND/);
  });

  it('is 2 for a wrong lab file, named with line and fix', async () => {
    const broken = desk.copyLab(lab, 'broken');
    const inventory = join(broken, 'metis/inventory.yaml');
    const text = readFileSync(inventory, 'utf8');
    writeFileSync(inventory, text.replace('networkRenderer: ifupdown', 'networkRenderer: magic'));
    const line = text.slice(0, text.indexOf('networkRenderer: ifupdown')).split('\n').length;
    const checked = await desk.run(['lab', 'check'], { lab: broken });
    expect(checked.code).toBe(2);
    expect(checked.stdout).toContain(`metis/inventory.yaml:${line}:`);
    expect(checked.stdout).toMatch(/WRONG {2}metis\/inventory\.yaml[\s\S]*fix: /);
    const planned = await desk.run(['card', 'plan', 'titan-13', '--to', 'x.img'], { lab: broken });
    expect(planned.code).toBe(2);
    expect(planned.stderr).toContain(`metis/inventory.yaml:${line}:`);
  });

  it('is 3 when a burn cannot ask and was not told --yes, before any work', async () => {
    const created = await desk.run(['drives', 'create', 'asked', '--size', '8MiB', '--json']);
    const { path } = created.last['report'] as { path: string };
    const before = readFileSync(path);
    const result = await desk.run(['card', 'burn', 'titan-13', '--drive', 'virtual:asked'], { lab });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/no terminal to ask on[\s\S]*Nothing was written[\s\S]*--yes/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is 3 when a golden image is not the one of the inventory', async () => {
    const forged = desk.copyLab(lab, 'forged');
    const inventory = join(forged, 'metis/inventory.yaml');
    writeFileSync(inventory, readFileSync(inventory, 'utf8').replace(/sha256: ......../, 'sha256: 01234567'));
    // Another home: its cache does not have the right one yet.
    const home = desk.path('home-forged');
    const identity = desk.path('home/config/identity.txt');
    const result = await desk.run(['card', 'plan', 'titan-13', '--to', 'x.img', '--identity', identity], {
      lab: forged,
      home,
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('IMAGE_DIGEST_MISMATCH');
  });

  it('is 3 for a file that is there already, and leaves it alone', async () => {
    writeFileSync(desk.path('mine.img'), 'mine');
    const result = await desk.run(['card', 'build', 'titan-13', '--to', 'mine.img'], { lab });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('TARGET_EXISTS');
    expect(readFileSync(desk.path('mine.img'), 'utf8')).toBe('mine');
  });

  it('is 0 for help and version, on stdout', async () => {
    const help = await desk.run(['card', 'burn', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: sifaka card burn');
    expect((await desk.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
