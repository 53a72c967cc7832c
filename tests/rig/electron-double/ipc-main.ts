import { EventEmitter } from 'node:events';
import type { FrameDouble, WebContentsDouble } from './web-contents.ts';

export interface IpcEvent {
  readonly sender: WebContentsDouble;
  readonly senderFrame: FrameDouble | null;
}

/** Messages of all pages; listeners get an event and the cloned arguments. */
export const ipcMain = new EventEmitter<Record<string, [IpcEvent, ...unknown[]]>>();
