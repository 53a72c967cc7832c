import { dialog } from 'electron';

/** Asks for the lab folder; `undefined` when the operator thinks better of it. */
export async function chooseLab(): Promise<string | undefined> {
  const { canceled, filePaths } = await dialog.showOpenDialog({
    title: 'Open a lab folder',
    buttonLabel: 'Open lab',
    properties: ['openDirectory'],
  });
  return canceled ? undefined : filePaths[0];
}
