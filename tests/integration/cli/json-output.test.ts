import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobEventSchema } from '../../../shared/schemas/job.ts';
import { plannedCardSchema, receiptSchema } from '../../../shared/schemas/card.ts';
import { Desk } from './run-cli.ts';

let desk: Desk;
let lab = '';

beforeAll(async () => {
  desk = new Desk();
  lab = await desk.demoLab('lab');
});
afterAll(() => desk.remove());

describe('--json', () => {
  it('prints the plan, the events of the run and the receipt, in this order, one document a line', async () => {
    expect((await desk.run(['drives', 'create', 'sd', '--size', '128MiB', '--json'])).last).toMatchObject({
      type: 'report',
      command: 'drives create',
      report: { kind: 'virtual-drive', size: 128 * 1024 * 1024 },
    });
    const result = await desk.run(['card', 'burn', 'titan-13', '--drive', 'virtual:sd', '--yes', '--json'], {
      lab,
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const types = result.lines.map((line) => line['type']);
    expect(types[0]).toBe('plan');
    expect(types[1]).toBe('started');
    expect(types.slice(2, -2).every((type) => type === 'progress' || type === 'note')).toBe(true);
    expect(types.filter((type) => type === 'progress').length).toBeGreaterThan(3);
    expect(types.slice(-2)).toEqual(['ended', 'report']);
    for (const line of result.lines.slice(1, -1)) jobEventSchema.parse(line);
    const planned = plannedCardSchema.parse(result.lines[0]);
    const receipt = receiptSchema.parse(result.last['report']);
    expect(receipt).toMatchObject({ node: 'titan-13', planDigest: planned.digest });

    const jobs = await desk.run(['jobs', 'list', '--json']);
    expect(jobs.last).toMatchObject({ command: 'jobs list', report: [{ id: receipt.jobId, state: 'done' }] });
    const followed = await desk.run(['jobs', 'follow', receipt.jobId.slice(0, 8), '--json']);
    expect(followed).toMatchObject({ code: 0 });
    // The journal is shown again as it was, with the same report at its end.
    expect(followed.lines.slice(0, -1)).toEqual(result.lines.slice(1, -1));
    expect(followed.last).toMatchObject({ report: { kind: 'card', receipt: { id: receipt.id } } });
    const receipts = await desk.run(['card', 'receipts', 'titan-13', '--json'], { lab });
    expect(receipts.last).toMatchObject({ report: [{ id: receipt.id }] });
  });

  it('prints a problem as the last line, with its exit code', async () => {
    const result = await desk.run(['card', 'plan', 'titan-99', '--to', 'x.img', '--json'], { lab });
    expect(result.lines).toEqual([
      {
        type: 'problem',
        code: 'NODE_UNKNOWN',
        what: expect.any(String),
        state: expect.any(String),
        next: expect.any(String),
        exitCode: 2,
      },
    ]);
    expect(result.stderr).toBe('');
  });

  it('reports every command that only looks', async () => {
    const commands = [
      ['lab', 'check'],
      ['card', 'nodes'],
      ['card', 'receipts'],
      ['images', 'list'],
      ['secrets', 'check'],
      ['drives', 'list'],
      ['jobs', 'list'],
      ['logbook'],
      ['doctor'],
    ];
    const results = await Promise.all(commands.map((command) => desk.run([...command, '--json'], { lab })));
    expect(results.map(({ code, lines }) => [code, lines.length])).toEqual(commands.map(() => [0, 1]));
    for (const [index, { last }] of results.entries()) {
      expect(last).toMatchObject({ type: 'report', command: commands[index]?.join(' ') });
    }
  });

  it('carries a value of the lab out and back in, with the digest that guards it', async () => {
    const pointer = '/nodes/titan-13/description';
    const got = await desk.run(['lab', 'get', 'metis/inventory.yaml', pointer, '--json'], { lab });
    const { value, digest } = got.last['report'] as { value: string; digest: string };
    expect(value).toBe('Longhorn storage, two disks');
    const set = (text: string) =>
      desk.run(['lab', 'set', 'metis/inventory.yaml', pointer, text, '--digest', digest, '--json'], { lab });
    expect((await set('Two disks')).code).toBe(0);
    // The file is another one by now: the same digest is refused.
    expect(await set('Three disks')).toMatchObject({ code: 3, last: { code: 'LAB_CHANGED_MEANWHILE' } });
    expect((await desk.run(['lab', 'get', 'metis/inventory.yaml', pointer], { lab })).stdout).toBe(
      'Two disks\n',
    );
  });
});

describe('without --json', () => {
  it('the report alone is on stdout; the review and the progress are on stderr', async () => {
    const result = await desk.run(['card', 'build', 'titan-13', '--to', desk.path('human.img')], { lab });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^Done and proven/);
    expect(result.stdout).not.toMatch(/Read back and compare|erases/);
    expect(result.stderr).toMatch(/erases[\s\S]*Read back and compare: \d+ %/);
    // Not a terminal: lines, nothing that redraws.
    expect(result.stderr + result.stdout).not.toContain('\u001b');
    expect(result.stderr).not.toContain('\r');
  });
});
