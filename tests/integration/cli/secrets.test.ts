import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';
const planted = `planted-${randomBytes(12).toString('hex')}`;

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

/** Every file below a folder that holds the value as it is. */
function filesWith(folder: string, value: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && readFileSync(path).includes(value));
}

function expectUntold(value: string, ...results: CliResult[]): void {
  for (const { stdout, stderr } of results) expect(stdout + stderr).not.toContain(value);
}

const seal = (input: string | Uint8Array, ...more: string[]) =>
  desk.run(['secrets', 'seal', 'other', '--json', ...more], { lab, input });

describe('a secret', () => {
  it('comes from stdin, is sealed, and stands nowhere else: not on a stream, not in a file', async () => {
    const args = ['secrets', 'seal', 'k3s-token', '--replace'];
    const sealed = await desk.run(args, { lab, input: `${planted}\n` });
    expect(sealed).toMatchObject({
      code: 0,
      stdout: 'k3s-token is sealed in metis/secrets/k3s-token.age.\n',
    });
    expect((await desk.run(['drives', 'create', 'sd', '--size', '128MiB'])).code).toBe(0);
    const burned = await desk.run(['card', 'burn', 'titan-13', '--drive', 'virtual:sd', '--yes', '--json'], {
      lab,
    });
    expect(burned.code).toBe(0);
    const shown = await desk.run(['card', 'build', 'titan-13', '--to', desk.path('card.img')], { lab });
    expect(shown.code).toBe(0);
    expectUntold(planted, sealed, burned, shown);
    // The two cards are for it; journals, receipts, cache, logbook and lab are not.
    const places = filesWith(desk.folder, planted).map((path) => path.replace(desk.folder, ''));
    expect(places.toSorted()).toEqual(['/card.img', expect.stringMatching(/^\/home\/data\/.*sd\.img$/)]);
  });

  it('is not taken from the command line, and what stood there is not repeated', async () => {
    const command = ['secrets', 'seal', 'wifi-key'];
    const refused = await desk.run([...command, planted], { lab });
    const optioned = await desk.run([...command, `--value=${planted}`], { lab });
    expect([refused.code, optioned.code]).toEqual([2, 2]);
    expectUntold(planted, refused, optioned);
  });

  it('is not replaced unasked, not empty, not too large, and text', async () => {
    expect(await seal('')).toMatchObject({ code: 2, last: { code: 'INPUT_INVALID' } });
    expect(await seal('x'.repeat(65_537))).toMatchObject({ code: 2 });
    expect(await seal(Uint8Array.of(0xff, 0xfe, 0x80))).toMatchObject({
      code: 2,
      last: { code: 'INPUT_INVALID' },
    });
    expect(await seal('first')).toMatchObject({ code: 0 });
    expect(await seal('second')).toMatchObject({ code: 3, last: { code: 'SECRET_EXISTS' } });
    expect(await seal('', '--generate', '--replace')).toMatchObject({ code: 0 });
  });

  it('that is missing makes the check fail, by name and with the nodes that need it', async () => {
    const inventory = join(lab, 'metis/inventory.yaml');
    const text = readFileSync(inventory, 'utf8');
    writeFileSync(
      inventory,
      text.replace('nodePasswordSecret: titan-15-node-password', 'nodePasswordSecret: not-yet'),
    );
    const checked = await desk.run(['secrets', 'check'], { lab });
    writeFileSync(inventory, text);
    expect(checked.code).toBe(2);
    expect(checked.stdout).toMatch(/^not-yet +MISSING +titan-15$/m);
  });
});

describe('an identity with a passphrase', () => {
  it('is made, asked for and opened without a terminal only from a file', async () => {
    const home = desk.path('home-locked');
    const passphrase = `phrase-${randomBytes(8).toString('hex')}`;
    const file = desk.path('passphrase');
    writeFileSync(file, `${passphrase}\n`);
    const own = desk.copyLab(lab, 'own');
    const cannotAsk = await desk.run(['secrets', 'init', '--passphrase'], { lab: own, home });
    expect(cannotAsk.code).toBe(2);
    const made = await desk.run(['secrets', 'init', '--passphrase', '--passphrase-file', file], {
      lab: own,
      home,
    });
    expect(made).toMatchObject({ code: 0 });
    const again = await desk.run(['secrets', 'init', '--json'], { lab: own, home });
    expect(again).toMatchObject({ code: 2, last: { code: 'IDENTITY_LOCKED' } });
    const open = ['--passphrase-file', file, '--json'];
    expect(
      await desk.run(['secrets', 'seal', 'mine', ...open], { lab: own, home, input: 'value' }),
    ).toMatchObject({ code: 0 });
    const checked = await desk.run(['secrets', 'check', ...open], { lab: own, home });
    expect(checked.last['report']).toMatchObject({
      identity: 'ready',
      secrets: expect.arrayContaining([{ name: 'mine', neededBy: [], state: 'sealed-and-readable' }]),
    });
    writeFileSync(file, 'wrong\n');
    const wrong = await desk.run(['secrets', 'check', ...open], { lab: own, home });
    expect(wrong).toMatchObject({ code: 2, last: { code: 'IDENTITY_LOCKED' } });
    expectUntold(passphrase, made, again, checked, wrong);
    expect(filesWith(home, passphrase)).toEqual([]);
  });
});
