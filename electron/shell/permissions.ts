import { app, type Session, shell } from 'electron';
import { externalPage, isAllowedNavigation, isOwnPage } from './page-origin.ts';

/** Writing text to the clipboard, for the buttons that copy a command. */
const allowed = 'clipboard-sanitized-write';

/**
 * The page needs no camera, notifications, devices or clipboard reading: every request but its own to write text to the
 * clipboard is refused, and so is every download.
 */
export function setupPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(permission === allowed && isOwnPage(requestingUrl)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === allowed && isOwnPage(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
}

/**
 * For every web contents there will ever be: it stays on the page, opens no windows, attaches no webviews and
 * keeps no window open. A link to a
 * web page opens in the operator's own browser.
 */
export function setupNavigation(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isAllowedNavigation(event.url)) event.preventDefault();
    });
    // Frames, too; the page has none.
    contents.on('will-frame-navigate', (event) => {
      if (!isAllowedNavigation(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isAllowedNavigation(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    // Preventing this lets the page go: no page keeps its window from closing.
    contents.on('will-prevent-unload', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      const page = externalPage(url);
      if (page !== undefined) shell.openExternal(page).catch((error: unknown) => console.error(error));
      return { action: 'deny' };
    });
  });
}
