import { inspect } from 'node:util';
import type { Services } from './open-services.ts';

/** What is done by the clock while a host lives that stays: the app and `sifaka serve`. Stops when what it answers is called. */
export function runSchedules({ bridge, backups, log }: Services): () => void {
  const stop = new AbortController();
  bridge.keepChecking(stop.signal, (error) => log.line(`a scheduled check of the bridge: ${inspect(error)}`));
  backups.keepCollecting(stop.signal, (error) =>
    log.line(`a collection from the backup agents: ${inspect(error)}`),
  );
  backups.keepTesting(stop.signal, (error) => log.line(`a scheduled restore test: ${inspect(error)}`));
  return () => stop.abort();
}
