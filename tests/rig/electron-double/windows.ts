interface OpenWindow {
  close(): void;
}

const windows = new Set<OpenWindow>();
const listeners: (() => void)[] = [];

export function windowOpened(window: OpenWindow): void {
  windows.add(window);
}

export function windowIsClosed(window: OpenWindow): void {
  if (windows.delete(window) && windows.size === 0) for (const listener of listeners) listener();
}

export function onAllWindowsClosed(listener: () => void): void {
  listeners.push(listener);
}

export function closeAllWindows(): void {
  for (const window of windows) window.close();
}

export function openWindows(): readonly OpenWindow[] {
  return [...windows];
}
