import { type ClientContext, type ClientLink } from '@orpc/client';

/** The host is not there at the moment; the call was not answered. */
export class HostUnreachable extends Error {
  constructor() {
    super('The host is not answering.');
    this.name = 'HostUnreachable';
  }
}

/** One link for the life of the page, over connections that come and go. Calls made before the first one wait for it. */
export class HostLink implements ClientLink<ClientContext> {
  #current: ClientLink<ClientContext> | undefined;
  #waiting: ((link: ClientLink<ClientContext> | undefined) => void)[] = [];
  #everOpened = false;

  opened(link: ClientLink<ClientContext>): void {
    this.#everOpened = true;
    this.#current = link;
    for (const settle of this.#waiting.splice(0)) settle(link);
  }

  lost(): void {
    this.#current = undefined;
  }

  async call(...parameters: Parameters<ClientLink<ClientContext>['call']>): Promise<unknown> {
    const link =
      this.#current ??
      (this.#everOpened
        ? undefined
        : await new Promise<ClientLink<ClientContext> | undefined>((settle) => this.#waiting.push(settle)));
    if (!link) throw new HostUnreachable();
    return link.call(...parameters);
  }
}
