import { record } from './record.ts';

type Handler = (request: Request) => Response | Promise<Response>;

const handlers = new Map<string, Handler>();

/** Answers a request of the page as the handler of its scheme does. */
export async function answer(request: Request): Promise<Response | undefined> {
  return await handlers.get(new URL(request.url).protocol.slice(0, -1))?.(request);
}

type PermissionRequest = (
  contents: unknown,
  permission: string,
  answer: (granted: boolean) => void,
  details: { requestingUrl: string },
) => void;
type PermissionCheck = (contents: unknown, permission: string, origin: string) => boolean;

let onRequest: PermissionRequest | undefined;
let onCheck: PermissionCheck | undefined;
let onDownload: ((event: { preventDefault(): void }) => void) | undefined;
let onDevice: (() => boolean) | undefined;

/** What the page would be allowed; without a handler Electron grants everything. */
export async function permissionAnswers(permission: string, url: string): Promise<boolean[]> {
  const asked = await new Promise<boolean>((resolve) => {
    if (onRequest) onRequest(undefined, permission, resolve, { requestingUrl: url });
    else resolve(true);
  });
  return [asked, onCheck?.(undefined, permission, url) ?? true, onDevice?.() ?? true];
}

/** Whether a download would be let through. */
export function download(): boolean {
  let allowed = true;
  onDownload?.({
    preventDefault() {
      allowed = false;
    },
  });
  return allowed;
}

const defaultSession = {
  protocol: {
    handle(scheme: string, handler: Handler): void {
      // protocol.handle throws when a scheme is handled twice.
      if (handlers.has(scheme)) throw new Error(`the scheme ${scheme} is handled already`);
      handlers.set(scheme, handler);
    },
  },
  setPermissionRequestHandler(handler: PermissionRequest): void {
    onRequest = handler;
  },
  setPermissionCheckHandler(handler: PermissionCheck): void {
    onCheck = handler;
  },
  on(_event: 'will-download', handler: (event: { preventDefault(): void }) => void): void {
    onDownload = handler;
  },
  setDevicePermissionHandler(handler: () => boolean): void {
    onDevice = handler;
  },
};

export const session = { defaultSession };

export const protocol = {
  registerSchemesAsPrivileged(schemes: unknown[]): void {
    record.privilegedSchemes.push(...schemes);
  },
};
