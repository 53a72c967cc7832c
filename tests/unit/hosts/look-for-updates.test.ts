import { beforeEach, expect, it, vi } from 'vitest';
import { lookForUpdates } from '../../../electron/shell/look-for-updates.ts';

const { said, opened, port } = vi.hoisted(() => ({
  said: [] as string[],
  opened: [] as string[],
  port: { answer: 0, newer: async (): Promise<string | undefined> => undefined },
}));
vi.mock('electron', () => ({
  app: { getVersion: () => '0.1.0' },
  dialog: {
    async showMessageBox({ message, detail = '' }: { message: string; detail?: string }) {
      said.push(`${message} ${detail}`);
      return { response: port.answer };
    },
  },
  shell: { openExternal: async (page: string) => void opened.push(page) },
}));
vi.mock('../../../electron/shell/report-failure.ts', () => ({
  reportFailure: async (error: unknown, what: string) => void said.push(`${what} ${String(error)}`),
}));
vi.mock('../../../electron/hosts/update-channel.ts', () => ({ newerVersion: () => port.newer() }));

const channel = { folder: 'https://updates.example/sifaka/' };
beforeEach(() => {
  said.length = 0;
  opened.length = 0;
});

it('says that there is none', async () => {
  port.newer = async () => undefined;
  await lookForUpdates(channel);
  expect([said, opened]).toEqual([['Sifaka 0.1.0 is the newest. '], []]);
});

it.each([
  [0, []],
  [1, ['https://updates.example/sifaka/']],
])('offers a newer one, and with the answer %i opens %j', async (answer, pages) => {
  port.newer = async () => '0.2.0';
  port.answer = answer;
  await lookForUpdates(channel);
  expect(said).toEqual([expect.stringMatching(/^Sifaka 0\.2\.0 is there; this is 0\.1\.0\..*SHA256SUMS/)]);
  expect(opened).toEqual(pages);
});

it('says that it could not be found out', async () => {
  port.newer = () => Promise.reject(new Error('ENOTFOUND'));
  await lookForUpdates(channel);
  expect([said, opened]).toEqual([
    ['Whether there is a newer version could not be found out. Error: ENOTFOUND'],
    [],
  ]);
});
