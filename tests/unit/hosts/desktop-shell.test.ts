import { describe, expect, it } from 'vitest';
import { addressInArguments, addressOfLink } from '../../../electron/shell/app-link.ts';
import { JobActivity, shareOf } from '../../../electron/shell/job-activity.ts';
import { externalPage } from '../../../electron/shell/page-origin.ts';
import { plainWords } from '../../../electron/shell/plain-words.ts';
import { windowPlace } from '../../../electron/shell/window-place.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

describe('a link from elsewhere', () => {
  it.each([
    ['sifaka://jobs', '#/jobs'],
    ['sifaka://today/', '#/today'],
    ['sifaka://cards/node/titan-13', '#/cards/node/titan-13'],
    [
      'sifaka://cards/job/0b0cf2c9-30c4-4d3b-9d7e-0a4a3c1b2d3e',
      '#/cards/job/0b0cf2c9-30c4-4d3b-9d7e-0a4a3c1b2d3e',
    ],
  ])('%s leads to %s', (link, address) => {
    expect(addressOfLink(link)).toBe(address);
  });

  it.each([
    'sifaka://cards/burn/review',
    'sifaka://cards/burn/node',
    'sifaka://cards/node/../burn',
    'sifaka://cards/node/a%2fb',
    'sifaka://cards/node/-rf',
    'sifaka://cards/node/',
    'sifaka://jobs?x',
    'sifaka://jobs#x',
    'sifaka://lab/--lab=/etc',
    'sifaka:jobs',
    'SIFAKA://jobs',
    'https://jobs',
    `sifaka://cards/node/${'a'.repeat(300)}`,
    'sifaka://',
  ])('%s leads nowhere', (link) => {
    expect(addressOfLink(link)).toBeUndefined();
  });

  it('is found on a command line', () => {
    expect(addressInArguments(['sifaka', '--lab', '/lab', '--', 'sifaka://lab'])).toBe('#/lab');
    expect(addressInArguments(['sifaka', '--lab', '/lab'])).toBeUndefined();
  });
});

describe('a page for the browser of the operator', () => {
  it.each([
    ['https://example.org/a b', 'https://example.org/a%20b'],
    ['HTTP://EXAMPLE.org', 'http://example.org/'],
  ])('%j is %j', (address, page) => {
    expect(externalPage(address)).toBe(page);
  });

  it.each([
    'file:///etc/passwd',
    'smb://x/y',
    'javascript:1',
    'ms-msdt:/id',
    'app://sifaka/',
    'https://user:word@example.org/',
    'https://user@example.org/',
    '',
    'example.org',
  ])('%j is none', (address) => {
    expect(externalPage(address)).toBeUndefined();
  });
});

describe('the place of the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 };
  const usual = { width: 1280, height: 860 };

  it('is where it was', () => {
    const was = { x: 100, y: 80, width: 1000, height: 700 };
    expect(windowPlace(was, [screen])).toEqual(was);
  });

  it.each([
    ['nothing is remembered', undefined],
    ['its screen is gone', { x: 2500, y: 80, width: 1000, height: 700 }],
    ['its title is above the screen', { x: 100, y: -400, width: 1000, height: 700 }],
    ['its title is below the screen', { x: 100, y: 1030, width: 1000, height: 700 }],
    ['too little of it is on the screen', { x: 1800, y: 80, width: 1000, height: 700 }],
  ])('is the usual one when %s', (_why, was) => {
    expect(windowPlace(was, [screen])).toEqual(usual);
  });

  it('is no larger than the screen, and large enough to be used', () => {
    expect(windowPlace({ x: 0, y: 0, width: 9000, height: 9000 }, [screen])).toMatchObject({
      width: 1920,
      height: 1040,
    });
    expect(windowPlace({ x: 0, y: 0, width: 200, height: 100 }, [screen])).toMatchObject({
      width: 720,
      height: 520,
    });
  });
});

it('says words outside of the page without markup, control characters, or an end', () => {
  expect(plainWords('Burn <b>titan</b> & \u001b[31m\u202enode\n2')).toBe('Burn b titan /b [31m node 2');
  expect(plainWords('x'.repeat(999))).toHaveLength(200);
});

describe('what runs', () => {
  const owner = { pid: 1, startedAt: '1', bootId: 'b', host: 'h' };
  const at = '2026-01-01T00:00:00Z';
  const id = '0b0cf2c9-30c4-4d3b-9d7e-0a4a3c1b2d3e';
  const begin = (kind: 'card-burn' | 'card-build' | 'image-add', subject: string): JobEvent => {
    return { type: 'started', at, id, kind, title: 'Burn titan-13', subject, owner, ifCutOff: '' };
  };

  async function follow(events: readonly JobEvent[]) {
    const listeners: ((id: string) => void)[] = [];
    const over = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    const ended: unknown[] = [];
    const activity: JobActivity = new JobActivity(
      {
        onStart: (listener) => {
          listeners.push(listener);
        },
        async *follow() {
          yield* events;
          over.resolve();
        },
      },
      {
        changed: () => seen.push(activity.running.map((job) => ({ ...job }))),
        ended: (job) => ended.push(job),
      },
    );
    for (const listener of listeners) listener(id);
    await over.promise.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    return { seen, ended, activity };
  }

  it.each([
    ['card-burn', '/dev/sdb', true],
    ['card-burn', '\\\\.\\PhysicalDrive2', true],
    ['card-burn', '/home/ana/card.img', false],
    ['card-build', '/dev/sdb', false],
  ] as const)('%s of %s writes a drive: %s', async (kind, subject, writesDrive) => {
    const { seen } = await follow([begin(kind, subject)]);
    expect(seen[0]).toEqual([
      { id, title: 'Burn titan-13', address: `#/cards/job/${id}`, share: undefined, writesDrive },
    ]);
  });

  it('is forgotten when it can be followed no more', async () => {
    const { seen, activity } = await follow([begin('image-add', '/x')]);
    expect(seen.at(-1)).toEqual([]);
    expect(activity.running).toEqual([]);
  });

  it('has the share of the one that is least advanced', () => {
    const job = { id, title: '', address: '', writesDrive: false };
    expect(shareOf([])).toBeUndefined();
    expect(shareOf([{ ...job, share: undefined }])).toBeUndefined();
    expect(
      shareOf([
        { ...job, share: 0.5 },
        { ...job, share: 0.2 },
        { ...job, share: undefined },
      ]),
    ).toBe(0.2);
  });
});
