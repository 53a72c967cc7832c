import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { type CheapNodes, cheapNodes, cheapNodeTools } from '../rig/proxmox/cheap-nodes.ts';
import { isOnPath, requireTools, unproven } from '../rig/required-tools.ts';
import { expectAccessible, openTab, shoot, type Tab } from './browser.ts';
import { lookAtBackups, runToProof } from './journeys/backups.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
const isRoot = process.getuid?.() === 0;
const dump = '/mnt/pve/nas/dump';
const diskOf = (vmid: number) => `/var/lib/pve-rig/volumes/local-lvm/vm-${vmid}-disk-0`;
let rig: CheapNodes;
let app: RunningApp;
let tab: Tab;

const policy = `schema: sifaka.backup-policy/1
timezone: Etc/UTC
rules:
  - name: all
    guests: [all]
    storage: nas
    schedule: { at: '02:30' }
    keep: { last: 3 }
`;

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isRoot || !cheapNodeTools.every(isOnPath)) return;
  rig = await cheapNodes({ policy });
  rig.node('baobab').addGuest(100, { name: 'web', running: true });
  rig.node('ebony').addGuest(101, { type: 'lxc', name: 'git' });
  rig.node('ebony').addGuest(102, { name: 'mail', lock: 'migrate' });
  for (const [name, value] of Object.entries(rig.environment)) vi.stubEnv(name, value);
  app = await startApp({
    page: stage.page,
    resources: join(import.meta.dirname, '../../resources'),
    untouched: true,
    prepare: async (lab) => rig.writeLab(lab),
  });
  vi.unstubAllEnvs();
  await app.client.backups.discover();
});

afterAll(async () => {
  await tab?.context.close();
  await app?.[Symbol.asyncDispose]();
  await rig?.stop();
});

/** One tab through all of the file: what a test leaves is what the next one begins with. */
async function theTab(test: TestContext): Promise<Tab> {
  const chromium = stage.browser(test);
  if (!isRoot) unproven(test, 'needs root');
  requireTools(test, ...cheapNodeTools);
  if (tab === undefined) {
    tab = await openTab(chromium);
    await tab.page.goto(app.host.url);
  }
  return tab;
}

const archivesThere = () =>
  rig
    .node('baobab')
    .list(dump)
    .filter((name) => /\.(vma|tar)\.zst$/.test(name));

describe('the wizards of the backups, on nodes with stand-ins of Proxmox', () => {
  it('back up those that are due, say which is refused and why, and show what was made', async (test) => {
    const { page, complaints } = await theTab(test);
    await lookAtBackups(page);
    await page.getByRole('button', { name: 'Back up guests' }).click();
    await page.getByRole('button', { name: 'Choose the 3 that are due' }).click();
    await page.getByText('Other than the policy, this once').click();
    await page.getByLabel('The guest meanwhile').selectOption('suspend');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Review the backups of 3 guests' }).click();
    const refused = page.getByRole('region', { name: /mail/ });
    await refused.getByText('Not backed up').waitFor();
    await refused.getByText('GUEST_LOCKED').waitFor();
    expect(await page.getByRole('region', { name: /web/ }).innerText()).toContain('Suspend');
    await shoot(page, 'backup-review');
    expect(archivesThere()).toEqual([]);
    await page.getByRole('button', { name: 'Back up 2 guests' }).click();
    await page.locator('.lane').first().waitFor();
    // One of three is not backed up, so that the run is not called done; what it made is said all the same.
    await page.getByRole('heading', { name: 'Failed' }).waitFor({ timeout: 60_000 });
    const ended = page.getByRole('region', { name: 'What became of each guest' });
    await ended.waitFor();
    expect(archivesThere()).toHaveLength(2);
    for (const name of archivesThere()) expect(await ended.innerText()).toContain(name);
    expect(await ended.innerText()).toMatch(/No backup\s+ebony\/102/);
    await shoot(page, 'backup-partly');
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('back up one guest from its own page, and prove it', async (test) => {
    const { page, complaints } = await theTab(test);
    await lookAtBackups(page);
    await page.getByRole('table', { name: 'Guests', exact: true }).getByRole('link', { name: 'web' }).click();
    await page.getByRole('button', { name: 'Back it up' }).click();
    await page.getByRole('button', { name: 'Review the backup of 1 guest' }).click();
    await page.getByRole('button', { name: 'Back up baobab/100 web' }).click();
    await runToProof(page);
    const newest = archivesThere().findLast((name) => name.includes('qemu-100'));
    const digest = createHash('sha256')
      .update(rig.node('baobab').readBytes(`${dump}/${newest}`))
      .digest('hex');
    const proof = await page.locator('.state-list').innerText();
    expect(proof).toContain(newest);
    expect(proof).toContain(`sha256:${digest}`);
    await shoot(page, 'backup-proof');
    await expectAccessible(page);
    await page.locator('.state-list').getByRole('link', { name: 'baobab/100' }).click();
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('get a guest back: beside itself, and over itself once it is lost', async (test) => {
    const { page, complaints } = await theTab(test);
    const node = rig.node('baobab');
    const whole = node.readBytes(diskOf(100));
    await page.getByRole('button', { name: 'Get it back' }).click();
    const archives = page.getByRole('table', { name: 'Archives' });
    await archives.getByRole('radio').first().check();
    await page.getByRole('radio', { name: /^A new guest: 103/ }).waitFor();
    await shoot(page, 'backup-restore-choose');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Review what would be overwritten' }).click();
    await page.getByRole('heading', { name: 'Nothing is erased' }).waitFor();
    await page.getByRole('button', { name: 'Restore as baobab/103' }).click();
    await runToProof(page);
    expect(node.readBytes(diskOf(103)).equals(whole)).toBe(true);
    expect(node.readBytes(diskOf(100)).equals(whole)).toBe(true);

    node.writeFile(diskOf(100), Buffer.alloc(whole.length));
    await lookAtBackups(page);
    await page.getByRole('button', { name: 'Get a guest back' }).click();
    await page.getByRole('searchbox', { name: 'Find an archive' }).fill('baobab/100');
    // What was found before the search may be there for a moment still, and the first of it be of another guest.
    await archives.getByRole('row').filter({ hasText: 'baobab/100' }).getByRole('radio').first().check();
    await page.getByRole('radio', { name: /^The guest itself: 100/ }).check();
    await page.getByRole('button', { name: 'Review what would be overwritten' }).click();
    const erased = page.getByRole('region', { name: 'What will be erased: baobab/100 web' });
    await erased.waitFor();
    expect(await erased.innerText()).toMatch(/running[\s\S]*vm-100-disk-0/);
    const button = page.getByRole('button', { name: /^Erase baobab\/100 web and restore it from \d{4}-/ });
    expect(await button.isDisabled()).toBe(true);
    await shoot(page, 'backup-restore-review');
    await expectAccessible(page);
    await page.getByRole('checkbox', { name: /^Its disks as they are now are lost for good/ }).check();
    await button.click();
    await runToProof(page);
    expect(node.readBytes(diskOf(100)).equals(whole)).toBe(true);
    await shoot(page, 'backup-restore-proof');
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('remove exactly the archives that were shown as removed', async (test) => {
    const { page, complaints } = await theTab(test);
    const node = rig.node('baobab');
    const first = archivesThere().find((name) => name.includes('qemu-100'));
    const old = [4, 3, 2].map((days) =>
      node.copyArchive(`${dump}/${first}`, new Date(Date.now() - days * 86_400_000)),
    );
    await app.client.backups.discover();
    await finished((await app.client.backups.verify({ guests: ['baobab/100'] })).jobId);

    await lookAtBackups(page);
    await page.getByRole('link', { name: 'Remove old archives' }).click();
    const list = page.getByRole('table', { name: 'Archives at storage:nas' });
    await list.getByText('Removed', { exact: true }).first().waitFor();
    await shoot(page, 'backup-prune');
    await expectAccessible(page);
    await page.getByRole('checkbox', { name: 'Only what is removed' }).check();
    await expect.poll(() => list.locator('.long-row').count()).toBe(2);
    const shown = (await list.locator('.long-row .mono').allInnerTexts()).toSorted();
    expect(shown).toEqual(old.slice(0, 2));
    const before = archivesThere();
    await page.getByRole('button', { name: /^Remove 2 archives of 1 guest \(/ }).click();
    await runToProof(page);
    expect(archivesThere()).toEqual(before.filter((name) => !shown.includes(name)));
    await page.getByRole('heading', { name: /^2 archives were removed/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('let a viewer look, and do nothing', async (test) => {
    const { context } = await theTab(test);
    const page = await context.newPage();
    await page.goto(app.host.urls.viewer);
    await page.getByRole('link', { name: 'Backups', exact: true }).first().click();
    await page.getByRole('button', { name: 'Back up guests' }).waitFor();
    expect(await page.getByRole('button', { name: 'Back up guests' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Get a guest back' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Remove old archives' }).click();
    await page.getByText('A viewer cannot remove archives.').waitFor();
    expect(await page.getByRole('button', { name: 'Remove nothing' }).isDisabled()).toBe(true);
    await page.close();
  });
});

async function finished(jobId: string): Promise<void> {
  for await (const event of await app.client.jobs.follow({ id: jobId }))
    if (event.type === 'ended') expect(event.outcome).toBe('done');
}
