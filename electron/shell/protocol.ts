import { protocol, type Session } from 'electron';
import { pageHeaders, readStaticFile } from '../hosts/static-files.ts';
import { pagePath, pageScheme } from './page-origin.ts';

/** Before the app is ready: makes app:// an origin of its own, with storage and a content security policy. */
export function declareProtocol(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: pageScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page, and nothing else, as app://sifaka/. */
export function setupProtocol(session: Session, folder: string): void {
  session.protocol.handle(pageScheme, async (request) => {
    const path = pagePath(request.method, request.url);
    const file = path === undefined ? undefined : await readStaticFile(folder, path);
    if (!file) return new Response('Not found\n', { status: 404, headers: pageHeaders([]) });
    return new Response(file.body, {
      headers: { ...pageHeaders([]), 'content-type': file.contentType, 'cache-control': file.cacheControl },
    });
  });
}
