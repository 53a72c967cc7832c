import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../electron/services/clock.ts';
import { listDeployRecords } from '../../../electron/services/bridge/deploy/deploy-records.ts';
import { readSource } from '../../../electron/services/bridge/plan/deploy-source.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { DeployRecord, NodeFile } from '../../../shared/schemas/bridge.ts';
import { file } from '../../unit/bridge/plan-fixtures.ts';
import { problemOf } from '../lab/lab-fixtures.ts';

const id = '0d5f1c1e-7a55-4a55-9a55-0123456789ab';
const good = file('/etc/udev/rules.d/90-t.rules', 'KERNEL=="thunderbolt*"\n');
let lab: string;
beforeEach(() => {
  lab = mkdtempSync(join(tmpdir(), 'sifaka-lab-'));
  mkdirSync(join(lab, 'deploy/history'), { recursive: true });
});
afterEach(() => rmSync(lab, { recursive: true, force: true }));

async function sourceOf(
  after: readonly NodeFile[],
  before: readonly NodeFile[] = [],
  state: 'after' | 'before' = 'after',
) {
  const record: DeployRecord = {
    schema: 'sifaka.bridge-deploy/1',
    id,
    cluster: 'madagascar',
    source: { kind: 'design', name: 'attempt1' },
    sourceDigest: 'a'.repeat(64),
    planDigest: 'b'.repeat(64),
    mode: 'all',
    startedAt: '2026-01-01T00:00:00Z',
    state: 'confirmed',
    nodes: [{ node: 'baobab', state: 'new', after: [...after], before: [...before] }],
    sifakaVersion: '1',
  };
  writeFileSync(join(lab, `deploy/history/${id}.json`), JSON.stringify(record));
  return readSource(await openLabFolder({ root: lab, clock: systemClock }), { kind: 'deploy', id, state });
}

it('what a deploy put there, and what it found, are sources of another', async () => {
  const old = file(good.path, 'old');
  expect((await sourceOf([good], [old])).nodes).toEqual({ baobab: [good] });
  expect((await sourceOf([good], [old], 'before')).nodes).toEqual({ baobab: [old] });
  expect((await sourceOf([good], [old])).digest).not.toBe((await sourceOf([good], [old], 'before')).digest);
});

it.each([
  ['a file elsewhere', file('/etc/shadow', 'root::1::::::')],
  ['a path that climbs', file('/usr/local/sbin/../../../etc/shadow', 'x')],
  ['a relative path', file('etc/udev/rules.d/a.rules', 'x')],
  ['a program that runs as its owner', file('/usr/local/sbin/x', '#!/bin/sh\n', { mode: '4755' })],
  ['an owner that is no name', file('/usr/local/sbin/x', '#!/bin/sh\n', { owner: 'root;reboot' })],
  ['a content that is not what its digest says', { ...good, text: 'RUN+="/bin/evil"\n' }],
])('a record with %s is refused', async (_what, bad) => {
  expect(await problemOf(sourceOf([good, bad]))).toMatchObject({ code: 'DESIGN_PATH_REFUSED' });
});

it('a record that is none is said to be none', async () => {
  writeFileSync(join(lab, `deploy/history/${id}.json`), '{"schema": "sifaka.bridge-deploy/1"}');
  const opened = await openLabFolder({ root: lab, clock: systemClock });
  const source = { kind: 'deploy', id, state: 'after' } as const;
  expect(await problemOf(readSource(opened, source))).toMatchObject({ code: 'DEPLOY_UNKNOWN' });
  const other = { ...source, id: '0d5f1c1e-7a55-4a55-9a55-0123456789ac' };
  expect(await problemOf(readSource(opened, other))).toMatchObject({ code: 'DEPLOY_UNKNOWN' });
});

it.skipIf(process.platform === 'win32')(
  'what is no record among the records hides none of them',
  async () => {
    await sourceOf([good]);
    const name = (digit: string) => join(lab, 'deploy/history', id.replace(/.$/, digit).concat('.json'));
    symlinkSync('/etc/passwd', name('1'));
    symlinkSync(name('2'), name('2'));
    mkdirSync(name('3'));
    writeFileSync(name('4'), '{');
    writeFileSync(name('5'), '');
    truncateSync(name('5'), 2 ** 31);
    execFileSync('mkfifo', [name('6')]);
    symlinkSync(name('6'), name('7'));
    const records = await listDeployRecords(await openLabFolder({ root: lab, clock: systemClock }));
    expect(records.map((record) => record.id)).toEqual([id]);
  },
);
