import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressInArguments, addressOfLink } from '../../../electron/shell/app-link.ts';
import { JobActivity, shareOf } from '../../../electron/shell/job-activity.ts';
import { externalPage } from '../../../electron/shell/page-origin.ts';
import { plainWords } from '../../../electron/shell/plain-words.ts';
import { windowPlace } from '../../../electron/shell/window-place.ts';
import { parseWish, wishOf } from '../../../electron/shell/wish.ts';
import type { JobEvent } from '../../../shared/schemas/job.ts';

describe('a link from elsewhere', () => {
  it.each([
    ['sifaka://jobs', '#/jobs'],
    ['sifaka://today/', '#/today'],
    ['sifaka://cards/node/titan-13', '#/cards/node/titan-13'],
    ['sifaka://issues/ISSUE-2026-001', '#/issues/ISSUE-2026-001'],
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
    'sifaka://issues/ISSUE-2026-001/close',
    'sifaka://issues/x',
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

describe('what a second start hands over', () => {
  it('is the lab and the page of its own command line', () => {
    expect(wishOf(['sifaka', '--lab', '/lab', 'sifaka://jobs'], {})).toEqual({
      lab: '/lab',
      address: '#/jobs',
    });
    expect(wishOf(['sifaka', '--', '--lab=/lab'], {})).toEqual({ lab: undefined, address: undefined });
    expect(wishOf(['sifaka', '--lab', 'lab'], {}).lab).toBe(join(process.cwd(), 'lab'));
  });

  it.each([undefined, null, 'lab', { lab: 1 }, { address: 'https://x/' }, { lab: 'x'.repeat(5000) }])(
    'is just the window when it is %j',
    (data) => expect(parseWish(data)).toEqual({}),
  );
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('what runs', () => {
  const at = '2026-01-01T00:00:00Z';
  const id = '0b0cf2c9-30c4-4d3b-9d7e-0a4a3c1b2d3e';
  type Ended = Extract<JobEvent, { type: 'ended' }>;

  function begin(
    kind: 'card-burn' | 'card-build' | 'image-add' | 'bridge-check',
    subject: string,
    events: readonly JobEvent[] = [],
    failure?: Error,
  ) {
    const finished = Promise.withResolvers<Ended>();
    const ended: unknown[] = [];
    const activity = new JobActivity(
      {
        onStart: (listener) =>
          listener({ id, kind, title: 'Burn titan-13', subject, finished: finished.promise }),
        async *follow() {
          yield* events;
          if (failure !== undefined) throw failure;
        },
      },
      {
        changed: () => undefined,
        ended: (job) => ended.push(job),
      },
    );
    return {
      activity,
      ended,
      finish: (event: Partial<Ended>) => finished.resolve({ type: 'ended', at, outcome: 'done', ...event }),
    };
  }

  it.each([
    ['card-burn', '/dev/sdb', true],
    ['card-burn', '\\\\.\\PhysicalDrive2', true],
    ['card-burn', '/home/ana/card.img', false],
    ['card-build', '/dev/sdb', false],
  ] as const)(
    '%s of %s is known at once, and whether it writes a drive: %s',
    (kind, subject, writesDrive) => {
      expect(begin(kind, subject).activity.running).toEqual([
        { id, title: 'Burn titan-13', address: `#/cards/job/${id}`, share: undefined, writesDrive },
      ]);
    },
  );

  it('still runs when its journal cannot be read', async () => {
    const { activity } = begin('card-burn', '/dev/sdb', [], new Error('EIO'));
    await settled();
    expect(activity.running).toHaveLength(1);
  });

  it('says how far it is, and how it ended', async () => {
    const progress = {
      step: 'write',
      label: 'Write',
      done: 1,
      total: 2,
      unit: 'bytes',
      overall: 0.5,
    } as const;
    const { activity, ended, finish } = begin('image-add', '/x', [{ type: 'progress', at, progress }]);
    await settled();
    expect(activity.running).toMatchObject([{ share: 0.5, address: '#/jobs' }]);
    finish({
      outcome: 'failed',
      problem: { code: 'DRIVE_FAILED', what: 'It broke.', state: 's', next: 'n' },
    });
    await settled();
    expect(activity.running).toEqual([]);
    expect(ended).toEqual([
      { id, title: 'Burn titan-13', address: '#/jobs', outcome: 'failed', what: 'It broke.' },
    ]);
  });

  it.each([
    ['asked', true, [{ outcome: 'done', what: undefined }]],
    ['schedule', true, []],
    ['schedule', false, [{ outcome: 'failed', what: 'A cable is out.' }]],
  ] as const)('says of a check that was %s, and passed: %s, %j', async (trigger, passed, said) => {
    const { ended, finish } = begin('bridge-check', 'the check of the bridge in /lab');
    const finding = {
      severity: 'failure',
      code: 'cable-out',
      what: 'A cable is out.',
      next: 'Plug it in.',
    } as const;
    const check = {
      schema: 'sifaka.bridge-check/1',
      id,
      cluster: 'madagascar',
      at,
      trigger,
      passed,
    } as const;
    const found = { ...check, mtu: 65_520, nodes: [], pairs: [], findings: passed ? [] : [finding] };
    finish({ report: { kind: 'bridge-check', check: found } });
    await settled();
    expect(ended).toMatchObject(said);
  });

  it('says nothing more when it is closed', async () => {
    const { activity, ended, finish } = begin('card-burn', '/dev/sdb');
    activity.close();
    expect(activity.running).toEqual([]);
    finish({});
    await settled();
    expect(ended).toEqual([]);
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
