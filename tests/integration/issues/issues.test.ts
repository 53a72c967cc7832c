import { execFile } from 'node:child_process';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  createIssueService,
  type IssueChecks,
  type NewIssue,
} from '../../../electron/services/issues/issue-service.ts';
import type { Clock } from '../../../electron/services/clock.ts';
import { problemOf, type TestLab, wholeLab, withLab } from '../lab/lab-fixtures.ts';
import { openIssues } from './open-issues.ts';

const run = promisify(execFile);
const lost: NewIssue = {
  title: 'Full frames are lost between baobab and ebony',
  nodes: ['baobab', 'ebony', 'baobab'],
  check: 'bridge',
  sections: {
    summary: 'Pings of 65492 bytes get no answer.',
    evidence: [{ title: 'baobab', text: 'mtu 1500' }],
  },
  reason: 'the check failed',
};
const loose: NewIssue = { title: 'A cable is loose', nodes: [], sections: {} };

/** A clock that goes on by a minute each time it is asked. */
function slowClock(start: string): Clock {
  let at = Date.parse(start);
  return { now: () => new Date((at += 60_000)) };
}

async function serviceOf(at: TestLab, checks: IssueChecks = {}, start = '2026-11-21T09:00:00Z') {
  const clock = slowClock(start);
  const lab = await at.open({ clock });
  return { lab, issues: createIssueService({ lab, clock, checks }) };
}

/** Whatever is asked of it, with what it was asked. */
function bridge(passedAt: string | undefined) {
  const asked: unknown[] = [];
  const checks: IssueChecks = {
    bridge: {
      command: 'sifaka bridge check',
      async proofOf(nodes, since) {
        asked.push([nodes, since]);
        return passedAt === undefined ? undefined : { passedAt, evidence: '2 of 2 pairs pass full frames.' };
      },
    },
  };
  return { checks, asked };
}

describe('an issue', () => {
  test('is opened as a file and an entry of the logbook, and listed', async () => {
    await withLab(wholeLab, async (at) => {
      const { lab, issues } = await serviceOf(at, bridge(undefined).checks);
      expect(await issues.list()).toEqual({ issues: [], unread: 0 });
      const opened = await issues.open(lost);
      expect(opened).toEqual({ id: 'ISSUE-2026-001', file: 'issues/ISSUE-2026-001.md' });
      const text = await at.read(opened.file);
      const [entry] = await lab.logbook(1);
      expect(entry).toMatchObject({
        project: 'issues',
        summary: 'Opened ISSUE-2026-001: Full frames are lost between baobab and ebony',
        reason: 'the check failed',
        issue: 'ISSUE-2026-001',
        affectedResources: [opened.file, 'baobab', 'ebony'],
      });
      expect(text).toContain(`opened: \`${entry?.id}\``);
      expect(text).toContain('baobab:\n\n```text\nmtu 1500\n```\n');
      expect(text).toContain('## Environment\n\nNodes: baobab, ebony\n');
      expect(text).toContain('## Steps to reproduce\n\n- sifaka bridge check\n');
      const summary = {
        ...opened,
        title: lost.title,
        state: 'open',
        opened: entry?.timestamp,
        nodes: ['baobab', 'ebony'],
        check: 'bridge',
      };
      expect(await issues.list()).toEqual({ issues: [summary], unread: 0 });
      expect(await issues.read(opened.id)).toEqual({
        ...summary,
        text: text.slice(text.indexOf('\n---\n') + 5),
      });
      expect((await issues.open(loose)).id).toBe('ISSUE-2026-002');
      expect((await issues.list()).issues.map(({ id }) => id)).toEqual(['ISSUE-2026-002', 'ISSUE-2026-001']);
    });
  });

  test('takes the next number of its year, and never one that a file or the logbook has', async () => {
    const old = {
      'issues/ISSUE-2025-117.md': 'old',
      'issues/issue-2026-004-cable.md': 'ours',
      'issues/ISSUE-2026-0099.md': '',
    };
    await withLab({ ...wholeLab, ...old }, async (at) => {
      const { issues } = await serviceOf(at);
      expect((await issues.open(loose)).id).toBe('ISSUE-2026-005');
      await rm(join(at.root, 'issues/ISSUE-2026-005.md'));
      expect((await issues.open(loose)).id).toBe('ISSUE-2026-006');
      expect((await (await serviceOf(at, {}, '2027-01-01T00:00:00Z')).issues.open(loose)).id).toBe(
        'ISSUE-2027-001',
      );
      await at.write('issues/ISSUE-2026-999.md', '');
      expect(await problemOf(issues.open(loose))).toMatchObject({ code: 'ISSUE_NUMBERS_USED_UP' });
    });
  });

  test('is numbered once, though two processes and this one open them at the same time', async () => {
    await withLab(wholeLab, async (at) => {
      const lab = await at.open({ lockWaitMilliseconds: 60_000 });
      const issues = createIssueService({ lab, clock: { now: () => new Date() }, checks: {} });
      const others = ['left', 'right'].map((name) => run(process.execPath, [openIssues, at.root, name, '8']));
      const mine = await Promise.all(Array.from({ length: 8 }, () => issues.open(loose)));
      const theirs = (await Promise.all(others)).flatMap(({ stdout }) => stdout.trim().split('\n'));
      const ids = [...mine.map(({ id }) => id), ...theirs].toSorted();
      const year = ids[0]?.slice(6, 10);
      const expected = Array.from(
        { length: 24 },
        (_, index) => `ISSUE-${year}-${String(index + 1).padStart(3, '0')}`,
      );
      expect(ids).toEqual(expected);
      const listed = (await issues.list()).issues;
      expect(listed.map(({ id }) => id)).toEqual(expected.toReversed());
      expect(listed.filter(({ title }) => title.startsWith('left'))).toHaveLength(8);
      expect((await lab.logbook(100)).map(({ issue }) => String(issue)).toSorted()).toEqual(expected);
    });
  });

  test('is not opened when its TEMPLATE or the logbook is not right, and then nothing is written', async () => {
    await withLab({ ...wholeLab, 'issues/TEMPLATE.md': '# T\n\n```\n' }, async (at) => {
      const { lab, issues } = await serviceOf(at);
      expect(await problemOf(issues.open(loose))).toMatchObject({
        code: 'LAB_FILE_INVALID',
        where: { file: 'issues/TEMPLATE.md', line: 3 },
      });
      await at.write('issues/TEMPLATE.md', '# T\n');
      await at.write('cluster/madagascar-changelog.json', '{');
      expect(await problemOf(issues.open(loose))).toMatchObject({ code: 'LOGBOOK_INVALID' });
      expect(await lab.listFiles('issues')).toEqual(['TEMPLATE.md']);
    });
  });

  test('needs a title, nodes for its check, and a check that there is', async () => {
    await withLab(wholeLab, async (at) => {
      const { lab, issues } = await serviceOf(at, bridge(undefined).checks);
      for (const wrong of [
        { ...loose, title: ' \u001b\u200b ' },
        { ...loose, check: 'bridge' },
        { ...lost, check: 'backups' },
        { ...lost, check: 'toString' },
      ])
        expect(await problemOf(issues.open(wrong))).toMatchObject({ code: 'INPUT_INVALID' });
      expect(await lab.listFiles('issues')).toEqual([]);
    });
  });
});

describe('closing an issue', () => {
  test('with a check asks whether it passed on its nodes since it was opened', async () => {
    await withLab(wholeLab, async (at) => {
      const { checks, asked } = bridge('2026-11-21T12:00:00Z');
      const { lab, issues } = await serviceOf(at, checks);
      const { id, file } = await issues.open(lost);
      const before = await at.read(file);
      const { opened } = await issues.read(id);
      const closed = await issues.close(id, { note: 'A new cable.\n# Not a heading' });
      expect(asked).toEqual([[['baobab', 'ebony'], opened]]);
      const [entry] = await lab.logbook(1);
      expect(closed).toMatchObject({ id, state: 'closed', closed: entry?.timestamp, check: 'bridge' });
      const proof =
        'The bridge check passed at 2026-11-21T12:00:00Z on baobab, ebony. 2 of 2 pairs pass full frames.';
      expect(entry).toMatchObject({ issue: id, summary: `Closed ${id}: ${lost.title}`, details: [proof] });
      expect(await at.read(file)).toBe(
        before
          .replace('status: open', 'status: closed')
          .replace('closed: null', `closed: ${entry?.timestamp}`) +
          `\n## Closed\n\nA new cable.\n\\# Not a heading\n\n- ${proof}\n\n- ${entry?.timestamp} closed: \`${entry?.id}\`\n`,
      );
      expect(await problemOf(issues.close(id, { note: 'again' }))).toMatchObject({ code: 'ISSUE_CLOSED' });
    });
  });

  test('is refused when the check has not passed since, whatever the note says, and says what to run', async () => {
    // Not at all, before it was opened, at that very moment, at no time.
    for (const passedAt of [undefined, '2026-11-21T08:59:00Z', '2026-11-21T09:01:00Z', 'yesterday']) {
      await withLab(wholeLab, async (at) => {
        const { lab, issues } = await serviceOf(at, bridge(passedAt).checks);
        const { id, file } = await issues.open(lost);
        const before = await at.read(file);
        const problem = await problemOf(issues.close(id, { note: 'It is fine, believe me.' }));
        expect(problem).toMatchObject({ code: 'ISSUE_NOT_PROVEN', state: 'The issue stays open.' });
        expect(problem.what).toContain('all of baobab and ebony');
        expect(problem.next).toContain('`sifaka bridge check`');
        expect(await at.read(file)).toBe(before);
        expect(await lab.logbook(10)).toHaveLength(1);
      });
    }
  });

  test('without a check takes a note, and is refused without one', async () => {
    await withLab(wholeLab, async (at) => {
      const { issues } = await serviceOf(at);
      const { id, file } = await issues.open(loose);
      expect(await problemOf(issues.close(id, { note: ' \n' }))).toMatchObject({ code: 'INPUT_INVALID' });
      await issues.close(id, { note: 'Pushed it in.' });
      expect(await at.read(file)).toContain('\n## Closed\n\nPushed it in.\n\n- 2026-11-21T');
      expect(await problemOf(issues.close('ISSUE-2026-009', { note: 'x' }))).toMatchObject({
        code: 'ISSUE_UNKNOWN',
      });
    });
  });

  test('adds to what people wrote in it, with its line ends and keys, and not into open code', async () => {
    const text =
      '---\r\nowner: rack team # ours\r\nid: ISSUE-2025-003\r\ntitle: Old\r\nstatus: open\r\nopened: 2025-02-03T04:05:06+01:00\r\n---\r\n# Old\r\n\r\n### Notes\r\n\r\n- mine\r\n';
    await withLab({ ...wholeLab, 'issues/ISSUE-2025-003.md': text }, async (at) => {
      const { issues } = await serviceOf(at);
      await at.write('issues/ISSUE-2025-003.md', `${text}\`\`\`\r\nstill open`);
      expect(await problemOf(issues.close('ISSUE-2025-003', { note: 'x' }))).toMatchObject({
        code: 'LAB_FILE_INVALID',
        where: { line: 13 },
      });
      await at.write('issues/ISSUE-2025-003.md', text);
      expect(await issues.close('ISSUE-2025-003', { note: 'x' })).toMatchObject({
        state: 'closed',
        title: 'Old',
      });
      const closed = await at.read('issues/ISSUE-2025-003.md');
      expect(closed.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(closed).toContain('owner: rack team # ours\r\n');
      expect(closed).toContain('- mine\r\n\r\n### Closed\r\n\r\nx\r\n\r\n- 2026-11-21T');
    });
  });

  test('is refused when somebody changed what it was proven for meanwhile', async () => {
    await withLab(wholeLab, async (at) => {
      const file = 'issues/ISSUE-2026-001.md';
      const { issues } = await serviceOf(at, {
        bridge: {
          command: 'sifaka bridge check',
          async proofOf() {
            await at.write(file, (await at.read(file)).replace('  - ebony', '  - tapia'));
            return { passedAt: '2027-01-01T00:00:00Z' };
          },
        },
      });
      const { id } = await issues.open(lost);
      expect(await problemOf(issues.close(id, { note: '' }))).toMatchObject({
        code: 'LAB_CHANGED_MEANWHILE',
      });
      expect(await issues.read(id)).toMatchObject({ state: 'open', nodes: ['baobab', 'tapia'] });
    });
  });
});

describe('a file that is not as it should be', () => {
  const good =
    '---\nid: ISSUE-2024-001\ntitle: Good\nstatus: open\nopened: 2024-01-01T00:00:00Z\n---\n# Good\n';
  const bad: Readonly<Record<string, string | Uint8Array>> = {
    'ISSUE-2024-002.md': '# Written by hand\n\nStatus: closed\n',
    'ISSUE-2024-003.md': new Uint8Array([0xff, 0xfe, 0x00]),
    'ISSUE-2024-004.md': '---\nid: ISSUE-2024-004\n',
    'ISSUE-2024-005.md': good,
    'ISSUE-2024-006.md': '---\n- a\n---\n',
    'ISSUE-2024-007.md': '---\nid: &a ISSUE-2024-007\ntitle: *a\n---\n',
    'ISSUE-2024-008.md': good.replace('id: ISSUE-2024-001', 'id: ISSUE-2024-008\nschema: sifaka.issue/9'),
    'ISSUE-2024-009.md': `---\n${'['.repeat(5000)}\n---\n`,
    'ISSUE-2024-010.md': good.replace('id: ISSUE-2024-001', 'id: ISSUE-2024-010\ncheck: bridge'),
    'ISSUE-2024-011.md': 'x'.repeat(1024 * 1024 + 1),
    'issue-cable.md': '# \u001b[2JA cable',
  };

  test('is listed with its problem beside those that are right, and is never changed', async () => {
    const files = Object.fromEntries(
      Object.entries({
        ...bad,
        'ISSUE-2024-001.md': good,
        'README.md': '# Not an issue',
        'ISSUE_TEMPLATE.md': '# Neither',
      }).map(([name, content]) => [`issues/${name}`, content]),
    );
    await withLab({ ...wholeLab, ...files }, async (at) => {
      const { issues } = await serviceOf(at, bridge('2027-01-01T00:00:00Z').checks);
      await at.write('outside.md', good);
      await symlink('/etc/hostname', join(at.root, 'issues/ISSUE-2024-012.md'));
      const listed = (await issues.list()).issues;
      expect(listed.filter(({ state }) => state === 'open').map(({ title }) => title)).toEqual(['Good']);
      const broken = listed.filter(({ state }) => state === 'unknown');
      expect(broken.map(({ file }) => file).toSorted()).toEqual(
        [...Object.keys(bad), 'ISSUE-2024-012.md'].map((name) => `issues/${name}`).toSorted(),
      );
      expect(broken.map(({ id, problem }) => [id?.slice(-3), problem?.code]).toReversed()).toEqual([
        ...['002', '003', '004', '005', '006', '007'].map((number) => [number, 'LAB_FILE_INVALID']),
        ['008', 'LAB_SCHEMA_NEWER'],
        ...['009', '010', '011'].map((number) => [number, 'LAB_FILE_INVALID']),
        ['012', 'LAB_PATH_ESCAPES'],
        [undefined, 'LAB_FILE_INVALID'],
      ]);
      expect(broken.map(({ title }) => title)).toContain('Written by hand');
      expect(broken.map(({ title }) => title).join('')).not.toMatch(/\p{Cc}/u);
      expect(await issues.read('ISSUE-2024-002')).toMatchObject({
        state: 'unknown',
        text: '# Written by hand\n\nStatus: closed\n',
      });
      expect(await problemOf(issues.read('ISSUE-2024-999'))).toMatchObject({ code: 'ISSUE_UNKNOWN' });
      for (const { id } of broken) {
        if (id === undefined) continue;
        expect(await problemOf(issues.close(id, { note: 'x' }))).toMatchObject({
          code: expect.stringMatching(/^LAB_/),
        });
      }
      // Their numbers are taken.
      expect((await issues.open(loose)).id).toBe('ISSUE-2026-001');
    });
  });
});
