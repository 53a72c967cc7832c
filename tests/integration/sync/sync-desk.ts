import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { syncRequestSchema, type SyncRequest } from '../../../shared/schemas/sync-request.ts';
import { createSyncPorts } from '../../../electron/services/create-sync-ports.ts';
import type { StoredIteration, StoredOperation } from '../../../electron/services/sync/store/audit-store.ts';
import { initRoots } from '../../../electron/services/sync/engine/open-roots.ts';
import { runSync } from '../../../electron/services/sync/runs/run-sync.ts';
import type {
  SyncRunEvent,
  SyncRunOptions,
  SyncRunPorts,
} from '../../../electron/services/sync/runs/run-ports.ts';

/** Seconds before now that files of a test are from, unless it says otherwise: further back than any threshold. */
const old = 3600;

/** Two real folders with their markers, and a log folder: what a run needs. */
export class SyncDesk implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'sifaka-sync-')));
  readonly a = join(this.folder, 'a');
  readonly b = join(this.folder, 'b');
  readonly logDir = join(this.folder, 'log');
  readonly pair: string;
  readonly events: SyncRunEvent[] = [];

  constructor(pair = 'media') {
    this.pair = pair;
    for (const folder of [this.a, this.b]) mkdirSync(folder);
  }

  async init(): Promise<this> {
    await initRoots({ src: this.a, dest: this.b, pair: this.pair, now: new Date() });
    return this;
  }

  ports(options: { dsn?: string; environment?: Record<string, string> } = {}): SyncRunPorts {
    const { dsn, environment = {} } = options;
    return createSyncPorts({ environment, dsn, clock: { now: () => new Date() } });
  }

  /** `a-to-b` unless told otherwise. */
  request(rest: Partial<SyncRequest> = {}): SyncRequest {
    const { a: src, b: dest, pair, logDir } = this;
    return syncRequestSchema.parse({ src, dest, pair, logDir, direction: 'a-to-b', ...rest });
  }

  back(rest: Partial<SyncRequest> = {}): SyncRequest {
    return this.request({ src: this.b, dest: this.a, direction: 'b-to-a', ...rest });
  }

  run(request = this.request(), options: Partial<SyncRunOptions> & { ports?: SyncRunPorts } = {}) {
    const { ports = this.ports(), signal = new AbortController().signal, tell, reviewed } = options;
    return runSync(request, ports, {
      signal,
      tell: (event) => {
        this.events.push(event);
        tell?.(event);
      },
      ...(reviewed === undefined ? {} : { reviewed }),
    });
  }

  /** The sentences that runs have said so far. */
  get notes(): string[] {
    return this.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
  }

  /** All rows of the embedded store, the oldest first. */
  async rows(): Promise<{ iterations: StoredIteration[]; operations: StoredOperation[] }> {
    const store = this.ports().openStore(this.logDir, { readOnly: true });
    try {
      const iterations = (await store.iterations({ limit: 1000 })).toReversed();
      const operations: StoredOperation[] = [];
      for (const { iteration_uid: uid } of iterations)
        operations.push(...(await store.operations(uid, { limit: 10_000 })));
      return { iterations, operations };
    } finally {
      await store.close();
    }
  }

  /** Opslogs and iteration files that wait in the log folder. */
  waiting(): string[] {
    return readdirSync(this.logDir).filter((name) => /^(opslog|iteration)-/.test(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes a file and its folders; its time is `age` seconds ago. */
export function put(root: string, path: string, content: string, age = old): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const time = Math.floor(Date.now() / 1000) - age;
  utimesSync(file, time, time);
}

/** Sparse files, each too large for two of them to be made durable at once: a run does them one after the other. */
export function putLarge(root: string, count: number): void {
  for (let file = 0; file < count; file += 1) {
    const name = `large-${String(file).padStart(2, '0')}`;
    put(root, name, '');
    truncateSync(join(root, name), 130 * 1024 * 1024);
  }
}

/** The names in a root but those that the sync keeps there for itself. */
export function synced(root: string): string[] {
  return readdirSync(root)
    .filter((name) => !name.startsWith('.sifaka-'))
    .toSorted();
}

/** Every file below a root but what the sync keeps there for itself: path → content. */
export function contents(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const name of readdirSync(join(root, folder)).toSorted()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.startsWith('.sifaka-')) continue;
      if (lstatSync(join(root, path)).isDirectory()) walk(path);
      else found[path] = readFileSync(join(root, path), 'utf8');
    }
  };
  walk('');
  return found;
}
