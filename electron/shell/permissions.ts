import { app, type Session, shell } from 'electron';
import { externalPage, isAllowedNavigation } from './page-origin.ts';

/** The page needs no camera, notifications, devices or clipboard reading: every request is refused. */
export function setupPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}

/**
 * For every web contents there will ever be: it stays on the page, opens no windows and attaches no webviews. A link to a
 * web page opens in the operator's own browser.
 */
export function setupNavigation(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isAllowedNavigation(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isAllowedNavigation(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      const page = externalPage(url);
      if (page !== undefined) void shell.openExternal(page);
      return { action: 'deny' };
    });
  });
}
