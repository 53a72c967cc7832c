import { t } from '@lingui/core/macro';
import { app, dialog, shell } from 'electron';
import { newerVersion, type UpdateChannel } from '../hosts/update-channel.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Asks the channel whether there is a newer version, because the operator wants to know, and says what it answered. Nothing
 * is fetched or installed: the operator's browser opens the folder that has it, if they say so.
 */
export async function lookForUpdates(channel: UpdateChannel): Promise<void> {
  try {
    const { platform, arch } = process;
    const current = app.getVersion();
    const { folder } = channel;
    const version = await newerVersion(channel, { current, platform, arch });
    if (version === undefined) return await sayNewest(current);
    const { response } = await dialog.showMessageBox({
      type: 'info',
      title: 'Sifaka',
      message: t`Sifaka ${version} is there; this is ${current}.`,
      detail: t`It is at ${folder}. Compare what you download with SHA256SUMS, and install it when nothing runs.`,
      buttons: [t`Not now`, t`Open in the browser`],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    if (response === 1) await shell.openExternal(folder);
  } catch (error) {
    await reportFailure(error, t`Whether there is a newer version could not be found out.`);
  }
}

async function sayNewest(current: string): Promise<void> {
  await dialog.showMessageBox({
    type: 'info',
    title: 'Sifaka',
    message: t`Sifaka ${current} is the newest.`,
  });
}
