import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { type Cluster, clusterTools, startCluster } from '../rig/cluster/start-cluster.ts';
import { isOnPath, requireTools, unproven } from '../rig/required-tools.ts';
import { expectAccessible, openTab, shoot, type Tab } from './browser.ts';
import { deployButton, isArmed, lookAtBridge, reviewDeploy } from './journeys/bridge-deploy.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { setupStage } from './stage.ts';

const stage = setupStage();
const isRoot = process.getuid?.() === 0;
const file = '/etc/network/interfaces.d/10-thunderbolt';
let cluster: Cluster;
let app: RunningApp;
let tab: Tab;

beforeAll(async () => {
  // What is missing is said by each test.
  if (!isRoot || !clusterTools.every(isOnPath)) return;
  cluster = await startCluster();
  for (const [name, value] of Object.entries(cluster.environment)) vi.stubEnv(name, value);
  app = await startApp({
    page: stage.page,
    resources: join(import.meta.dirname, '../../resources'),
    untouched: true,
    prepare: async (lab) => cluster.writeLab(lab),
  });
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await tab?.context.close();
  await app?.[Symbol.asyncDispose]();
  await cluster?.stop();
});

/** One tab through all of the file: what a test leaves is what the next one begins with. */
async function theTab(test: TestContext): Promise<Tab> {
  const chromium = stage.browser(test);
  if (!isRoot) unproven(test, 'needs root');
  requireTools(test, ...clusterTools);
  if (tab === undefined) {
    tab = await openTab(chromium);
    await tab.page.goto(app.host.url);
  }
  return tab;
}

const filesOf = async () => Promise.all(cluster.nodes.map((node) => node.ok('cat', file)));

const mtusOf = async () => {
  const links = await Promise.all(
    cluster.nodes.map((node) => node.ip<{ mtu: number }[]>('link', 'show', 'thunderbridge')),
  );
  return links.map(([link]) => link?.mtu);
};

describe('the bridge of three booted nodes', () => {
  it('has its first design made, reviewed, deployed and proven in the browser', async (test) => {
    const { page, complaints } = await theTab(test);
    await lookAtBridge(page);
    await page.getByText('There is no bridge on it').nth(2).waitFor();
    await page.getByRole('button', { name: 'Make the first design' }).click();
    await page.getByText('There is no design yet').waitFor({ state: 'detached' });

    await reviewDeploy(page, 'attempt1');
    await page.locator('.plan-file summary').first().click();
    await shoot(page, 'bridge-review');
    await expectAccessible(page);
    await deployButton(page, 'attempt1').click();
    await isArmed(page);
    await shoot(page, 'bridge-run');
    await expectAccessible(page);

    // The job is its process's, not the page's: a page that is loaded anew attaches to it again.
    await page.reload();
    await page
      .getByRole('heading', { name: /^Proven: attempt1 is on baobab, ebony and tapia/ })
      .waitFor({ timeout: 120_000 });
    const frames = page.getByRole('table', { name: 'Full frames between the nodes' });
    expect(await frames.locator('.state-ok').count()).toBe(6);
    expect(await mtusOf()).toEqual([65520, 65520, 65520]);
    await shoot(page, 'bridge-proof');
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  it('is drawn as the nodes say it is, with the one port that STP blocks', async (test) => {
    const { page, complaints } = await theTab(test);
    await lookAtBridge(page);
    await page
      .getByRole('img', { name: /3 nodes, 0 of them silent; 3 cables, 3 of them in order/ })
      .waitFor();
    const ports = page.getByRole('table', { name: 'Nodes and ports' });
    await expect.poll(() => ports.getByText('forwarding').count()).toBe(5);
    await expect.poll(() => ports.getByText('blocking, stands by').count()).toBe(1);
    await ports.getByText('B/s').first().waitFor();
    await shoot(page, 'bridge-ring');

    await cluster.cut('baobab', 'ebony');
    await page.getByRole('img', { name: /3 cables, 2 of them in order/ }).waitFor();
    await shoot(page, 'bridge-ring-cut');
    await cluster.plug('baobab', 'ebony');
    await page.getByRole('img', { name: /3 cables, 3 of them in order/ }).waitFor({ timeout: 60_000 });
    expect(complaints).toEqual([]);
  });

  it('goes back when the operator says so in the middle of the next deploy', async (test) => {
    const { page, complaints } = await theTab(test);
    const before = await filesOf();
    const clusterFile = join(app.lab, 'cluster/madagascar.json');
    await writeFile(clusterFile, (await readFile(clusterFile, 'utf8')).replaceAll('65520', '9000'));
    await app.client.bridge.newAttempt({});

    await page.reload();
    await lookAtBridge(page);
    await reviewDeploy(page, 'attempt2', 600);
    await deployButton(page, 'attempt2').click();
    await isArmed(page);
    await page.getByRole('button', { name: 'Roll back now' }).click();
    await page
      .getByRole('heading', { name: 'Taken back: baobab, ebony and tapia are as before' })
      .waitFor({ timeout: 120_000 });
    await shoot(page, 'bridge-taken-back');
    await expectAccessible(page);
    expect(await filesOf()).toEqual(before);
    expect(await mtusOf()).toEqual([65520, 65520, 65520]);
    expect(complaints).toEqual([]);
  });
});
