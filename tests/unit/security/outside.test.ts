import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = globSync('{electron,renderer,shared}/**/*.{ts,tsx}', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .toSorted();
const textOf = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

const versions = z.record(z.string(), z.string());
const locked = z.object({ integrity: z.string().optional() });

/** Files with an import of one of the modules for its values; of types alone does not count. */
function importing(modules: string): string[] {
  const values = new RegExp(
    String.raw`(?:^import (?!type )[^;]*? from |^import |\bimport\(|\brequire\()['"](?:${modules})['"]`,
    'm',
  );
  return sources.filter((file) => values.test(textOf(file)));
}

it('programs are started by these files alone, with a list of arguments and without a shell', () => {
  expect(sources.length).toBeGreaterThan(200);
  const starting = importing('(?:node:)?child_process|execa|cross-spawn|sudo-prompt');
  expect(starting).toEqual([
    'electron/cli/open-browser.ts',
    'electron/services/bridge/check/system-control.ts',
    'electron/services/drives/launch/by-uac.ts',
    'electron/services/drives/launch/writer-process.ts',
    'electron/services/drives/survey/system-program.ts',
    'electron/services/drives/windows-door.ts',
    'electron/services/images/unxz-system.ts',
    // `sync -f`: there is no other way to syncfs(2).
    'electron/services/sync/engine/sync-file-system.ts',
    // `ls`: a look at a mount whose server is gone must not be this process's own.
    'electron/services/sync/runs/log-folder-answers.ts',
    'electron/writer/run-program.ts',
    'electron/writer/windows-volumes.ts',
  ]);
  for (const file of starting) {
    const text = textOf(file);
    const [, names = ''] = /import \{([^}]*)\} from 'node:child_process'/.exec(text) ?? [];
    const called = names.split(',').map((name) => name.trim());
    expect(called.filter((name) => !name.startsWith('type '))).toEqual(
      called.filter((name) => name === 'execFile' || name === 'spawn'),
    );
    expect([file, /\bshell:|[{,]\s*shell\s*[,}]/.test(text)]).toEqual([file, false]);
    expect([file, /['"](?:\S*\/)?(?:ba|da|z)?sh['"]|cmd\.exe/i.test(text)]).toEqual([file, false]);
  }
});

it('no package runs a script when it is installed, and each has one version', () => {
  expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  const { dependencies, devDependencies, overrides } = z
    .object({ dependencies: versions, devDependencies: versions, overrides: versions })
    .parse(JSON.parse(textOf('package.json')));
  const asked = Object.entries({ ...dependencies, ...devDependencies, ...overrides });
  expect(asked.length).toBeGreaterThan(40);
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  const { packages } = z
    .object({ packages: z.record(z.string(), locked) })
    .parse(JSON.parse(textOf('package-lock.json')));
  // What is at the address of a package is what it was when it was locked.
  const loose = Object.entries(packages).filter(
    ([path, { integrity }]) => path !== '' && integrity === undefined,
  );
  expect(loose).toEqual([]);
});

it('the network is reached by these files alone', () => {
  const clients =
    'ssh2|mysql2(?:/promise)?|undici|ws|@kubernetes/client-node|@aws-sdk/[a-z0-9-]+|@smithy/[a-z0-9-]+|got|axios|node-fetch';
  expect(importing(`(?:node:)?(?:net|http|https|http2|tls|dgram|dns)(?:/promises)?|${clients}`)).toEqual([
    'electron/hosts/web.ts',
    // The buckets of the cluster file, with the keys that the lab has sealed for them.
    'electron/services/backups/targets/s3/s3-client.ts',
    'electron/services/backups/targets/s3/s3-place.ts',
    'electron/services/backups/targets/s3/upload.ts',
    'electron/services/drives/stale-doors.ts',
    'electron/services/drives/writer-door.ts',
    // The nodes of the lab, when the operator asks for them.
    'electron/services/ssh/authentication.ts',
    'electron/services/ssh/connect.ts',
    'electron/services/ssh/operator-agent.ts',
    // The API server of the cluster that a pair's lock is kept in.
    'electron/services/sync/lock/kubernetes-request.ts',
    // The database that the records of syncs go to, where one is named; the first only tells what an IP address is.
    'electron/services/sync/store/dsn.ts',
    'electron/services/sync/store/mysql-database.ts',
    'electron/writer/app-connection.ts',
    'electron/writer/windows-connection.ts',
  ]);
  const calling = sources.filter((file) =>
    /(?<![\w.])fetch\(|new WebSocket\(|XMLHttpRequest|EventSource\(|sendBeacon/.test(textOf(file)),
  );
  expect(calling).toEqual([
    // Only when the operator looks for updates, in a package that was made with an address for them.
    'electron/hosts/update-channel.ts',
    // The page asks its own host: that it is there, and for the one connection.
    'renderer/connection/web-socket.ts',
  ]);
});
