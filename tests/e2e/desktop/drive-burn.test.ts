import { chown, open, stat } from 'node:fs/promises';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { plainUser, requireDouble, RunningDouble } from '../../rig/electron-double/start-double.ts';
import { planned } from '../journeys/card-job.ts';
import { makeImageLarge } from '../large-image.ts';
import { insertLoopDevice, requireLoopDevices } from '../loop-device.ts';
import { openTargets } from '../open-targets.ts';
import { buildApp } from './built-app.ts';
import { makeDesktopFolder } from './desktop-folder.ts';

let app: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  app = await buildApp();
});
afterAll(() => app.remove());

/** The app, and a drive that its user may write to without elevation; its red button was pressed. */
async function asking(test: TestContext, prepare?: (lab: string) => Promise<void>) {
  requireDouble(test);
  requireLoopDevices(test);
  await using undo = new AsyncDisposableStack();
  const place = undo.use(await makeDesktopFolder(prepare));
  const card = undo.use(await insertLoopDevice(2 * 2 ** 30));
  await makeBootable(card.path);
  const { uid, gid } = await stat(card.path);
  await chown(card.path, plainUser, plainUser);
  undo.defer(() => chown(card.path, uid, gid));
  const start = (...argv: string[]) =>
    new RunningDouble({ built: app.folder, folder: place.folder, argv: ['--lab', place.lab, ...argv] });
  const desktop = undo.use(start());
  const page = await desktop.page();
  await openTargets(page, 'titan-13');
  await page.getByRole('radio', { name: new RegExp(`${card.path.slice('/dev/'.length)}\\b`) }).check();
  await page.getByRole('radio', { name: /^Overwrite/ }).check();
  await page.getByRole('button', { name: 'Review what would happen' }).click();
  await page.getByRole('checkbox', { name: /Erase what is on it now/ }).check(planned);
  await page.getByRole('button', { name: /^Erase .* and burn titan-13/ }).click();
  await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
  const owned = undo.move();
  return { card, start, desktop, page, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Says yes until that is believed: a yes that comes sooner than anybody reads is asked for again. */
async function agree(desktop: RunningDouble): Promise<void> {
  const answer = async () => {
    const { dialogs } = await desktop.control('state');
    if (dialogs.length > 0) await desktop.control('answerDialog', { response: 1 });
    return dialogs.length;
  };
  await expect.poll(answer, { interval: 1000 }).toBe(0);
}

/** The same over a large image, so that it takes a while on a fast disk, too; confirmed, and being written. */
async function burning(test: TestContext) {
  const asked = await asking(test, makeImageLarge);
  try {
    await agree(asked.desktop);
    await asked.page
      .getByText(/unfinished card that does not boot/)
      .first()
      .waitFor({ timeout: 60_000 });
  } catch (error) {
    await asked[Symbol.asyncDispose]();
    throw error;
  }
  return asked;
}

async function openJob(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  await page.getByRole('link', { name: /titan-13/ }).click();
}

/** The journal has its last line, and says what the card is like. */
async function expectStopped(next: RunningDouble): Promise<void> {
  await using desktop = next;
  const page = await desktop.page();
  await openJob(page);
  await page.getByRole('heading', { name: 'Stopped' }).waitFor();
  await page
    .getByText(/does not boot/)
    .first()
    .waitFor();
}

describe('before a drive is written', () => {
  it('the system asks, beside the page, for this drive and this node, and Enter and Escape mean no', async (test) => {
    await using asked = await asking(test);
    const { desktop, page, card } = asked;
    const [question] = (await desktop.control('state')).dialogs;
    expect(question?.options).toMatchObject({
      message: expect.stringMatching(/^Erase .* and burn titan-13\?$/),
      detail: expect.stringContaining(card.path),
      buttons: ['Cancel', 'Erase and burn'],
      defaultId: 0,
      cancelId: 0,
    });
    await page.getByText(/asks once more, in a window of the system/).waitFor();
    await desktop.control('answerDialog', { response: 0 });
    await page.getByText('CONFIRMATION_REQUIRED').waitFor();
    await page.getByText(/was not answered with yes/).waitFor();
    expect(await bootSignature(card.path)).toEqual([0x55, 0xaa]);

    // The same again, after the rest that follows a no, and it may be burned after all.
    await page.waitForTimeout(1000);
    await page.getByRole('button', { name: 'Review again' }).click();
    await page.getByRole('checkbox', { name: /Erase what is on it now/ }).check(planned);
    await page.getByRole('button', { name: /^Erase .* and burn titan-13/ }).click();
    await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
    await agree(desktop);
    await expect.poll(() => bootSignature(card.path), { timeout: 60_000 }).toEqual([0, 0]);
  });

  it('a question whose page is gone is taken back, and nothing is written', async (test) => {
    await using asked = await asking(test);
    const { desktop, page, card } = asked;
    const questions = async () => (await desktop.control('state')).dialogs.length;
    await page.getByRole('link', { name: 'Target', exact: true }).click();
    await expect.poll(questions).toBe(0);
    // The rest that follows a question without a yes.
    await page.waitForTimeout(1000);
    await page.getByRole('button', { name: 'Review what would happen' }).click();
    await page.getByRole('checkbox', { name: /Erase what is on it now/ }).check(planned);
    await page.getByRole('button', { name: /^Erase .* and burn titan-13/ }).click();
    await expect.poll(questions).toBe(1);
    await page.reload();
    await expect.poll(questions).toBe(0);
    await page.getByRole('heading').first().waitFor();
    expect(await bootSignature(card.path)).toEqual([0x55, 0xaa]);
  });
});

describe('while a drive is written', () => {
  it('the machine stays awake, quitting is asked for by name, and leaves a card that does not boot', async (test) => {
    await using running = await burning(test);
    const { desktop, card } = running;
    expect((await desktop.control('state')).powerBlocks).toBe(1);
    await desktop.control('quit');
    await expect.poll(async () => (await desktop.control('state')).dialogs.length).toBe(1);
    const [question] = (await desktop.control('state')).dialogs;
    expect(question?.options).toMatchObject({
      message: 'A drive is being written.',
      detail: expect.stringContaining('titan-13'),
    });
    await desktop.control('answerDialog', { response: 1 });
    await desktop.exited;
    expect(await bootSignature(card.path)).toEqual([0, 0]);

    await expectStopped(running.start('sifaka://jobs'));
  });

  it('a system that shuts down is not kept waiting by a question', async (test) => {
    await using running = await burning(test);
    await running.desktop.control('shutDown');
    await running.desktop.exited;
    expect(running.desktop.heldShutDown).toBe(true);
    expect(running.desktop.child.exitCode).toBe(0);
    expect(await bootSignature(running.card.path)).toEqual([0, 0]);
    await expectStopped(running.start('sifaka://jobs'));
  });

  it('a session of Windows is held; one that ends all the same leaves a card that does not boot', async (test) => {
    await using running = await burning(test);
    const { desktop, card } = running;
    expect(await desktop.control('endSession', { allTheSame: false })).toBe(true);
    expect((await desktop.control('state')).powerBlocks).toBe(1);
    await desktop.control('endSession', { allTheSame: true });
    await desktop.exited;
    expect(desktop.child.exitCode).toBe(0);
    expect(await bootSignature(card.path)).toEqual([0, 0]);
    await expectStopped(running.start('sifaka://jobs'));
  });

  it('a session that ends it by a signal is not kept waiting, either', async (test) => {
    await using running = await burning(test);
    running.desktop.child.kill('SIGTERM');
    await running.desktop.exited;
    expect(running.desktop.child.exitCode).toBe(0);
    await expectStopped(running.start('sifaka://jobs'));
  });

  it('an app that crashes takes the writer with it: the card does not boot, and the next start says so', async (test) => {
    await using running = await burning(test);
    await running.desktop.crash();
    // The writer sees that nobody is there any more, erases what could boot, and ends.
    await expect.poll(() => bootSignature(running.card.path), { timeout: 30_000 }).toEqual([0, 0]);

    await using next = running.start('sifaka://jobs');
    const page = await next.page();
    await openJob(page);
    await page.getByText('JOB_CUT_OFF').waitFor();
    await page
      .getByText(/unfinished card that does not boot/)
      .first()
      .waitFor();
  });
});

/** As a card is that was used before. */
async function makeBootable(device: string): Promise<void> {
  await using handle = await open(device, 'r+');
  await handle.write(Buffer.from([0x55, 0xaa]), 0, 2, 510);
  await handle.sync();
}

/** Of its first sector: 55 aa where it could boot. */
async function bootSignature(device: string): Promise<number[]> {
  await using handle = await open(device);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 510);
  return [...buffer];
}
