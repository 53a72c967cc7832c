import { t } from '@lingui/core/macro';
import { type BrowserWindow, dialog, type OpenDialogOptions } from 'electron';

/** Asks for the lab folder; `undefined` when the operator thinks better of it. */
export async function chooseLab(window?: BrowserWindow): Promise<string | undefined> {
  const options: OpenDialogOptions = {
    title: t`Open a lab folder`,
    buttonLabel: t`Open lab`,
    properties: ['openDirectory'],
  };
  const { canceled, filePaths } = await (window === undefined
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return canceled ? undefined : filePaths[0];
}
