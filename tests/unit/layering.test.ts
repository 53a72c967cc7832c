import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** [file, what it imports]: every edge the architecture forbids, at least once for each room. */
const forbidden: readonly (readonly [string, string])[] = [
  ['electron/services/create-services.ts', 'electron'],
  ['electron/router/router.ts', 'electron'],
  ['electron/hosts/web.ts', 'electron'],
  ['electron/cli/main.ts', 'electron'],
  ['electron/main.ts', './router/router.ts'],
  ['electron/main.ts', './services/cards/plan.ts'],
  ['electron/shell/window.ts', '../cli/main.ts'],
  ['electron/cli/card.ts', '../services/cards/plan.ts'],
  ['electron/cli/card.ts', '../router/router.ts'],
  ['electron/cli/card.ts', '../imaging/write.ts'],
  ['electron/hosts/web.ts', '../services/jobs/journal.ts'],
  ['electron/hosts/web.ts', '../imaging/write.ts'],
  ['electron/router/router.ts', '../hosts/web.ts'],
  ['electron/router/router.ts', '../imaging/write.ts'],
  ['electron/services/cards/plan.ts', '../backups/plan.ts'],
  ['electron/services/cards/render/k3s.ts', '../../sync/plan.ts'],
  ['electron/services/cards/plan.ts', '../../router/router.ts'],
  ['electron/services/cards/plan.ts', '../../hosts/web.ts'],
  ['electron/services/jobs/journal.ts', '../cards/plan.ts'],
  ['electron/services/issues/open-issue.ts', '../bridge/check.ts'],
  ['electron/services/node-deploy/deploy-node.ts', '../bridge/deploy/bridge-words.ts'],
  ['electron/services/node-deploy/deploy-node.ts', '../backups/agent/agents.ts'],
  ['electron/services/backups/agent/agents.ts', '../../bridge/deploy/deploy-run.ts'],
  ['electron/hosts/web.ts', '../services/node-deploy/deploy-node.ts'],
  ['electron/hosts/web.ts', '../services/issues/issue-service.ts'],
  ['electron/services/lab/lab.ts', '../cards/plan.ts'],
  ['electron/services/images/cache.ts', '../../router/router.ts'],
  ['electron/services/durable/write-file.ts', '../lab/lab.ts'],
  ['electron/services/durable/write-file.ts', '../cards/plan.ts'],
  ['electron/services/durable/write-file.ts', '../../router/router.ts'],
  ['electron/hosts/web.ts', '../services/durable/write-file.ts'],
  ['electron/imaging/write.ts', '../services/lab/lab.ts'],
  ['electron/imaging/write.ts', '../router/router.ts'],
  ['electron/writer/main.ts', '../services/lab/lab.ts'],
  ['electron/writer/main.ts', '../hosts/web.ts'],
  ['renderer/app/app.tsx', '../../electron/router/router.ts'],
  ['renderer/app/app.tsx', 'node:fs'],
  ['renderer/app/app.tsx', 'electron'],
  ['shared/problem.ts', '../electron/router/router.ts'],
  ['shared/problem.ts', 'node:fs'],
  ['shared/problem.ts', 'react'],
  ['shared/problem.ts', '@orpc/server'],
  ['shared/problem.ts', 'yaml'],
];

const allowed: readonly (readonly [string, string])[] = [
  ['electron/main.ts', 'electron'],
  ['electron/shell/window.ts', 'electron'],
  ['electron/main.ts', './hosts/port.ts'],
  ['electron/cli/card.ts', '../hosts/in-process.ts'],
  ['electron/cli/card.ts', '../../shared/problem.ts'],
  ['electron/hosts/web.ts', '../router/router.ts'],
  ['electron/hosts/in-process.ts', '../services/create-services.ts'],
  ['electron/router/router.ts', '../services/create-services.ts'],
  ['electron/services/cards/run.ts', '../../imaging/write.ts'],
  ['electron/services/cards/run.ts', '../jobs/job-registry.ts'],
  ['electron/services/cards/receipts.ts', '../durable/write-file.ts'],
  ['electron/services/secrets/store.ts', '../lab/lab-folder.ts'],
  ['electron/services/bridge/deploy/deploy-run.ts', '../../node-deploy/deploy-node.ts'],
  ['electron/services/backups/agent/agents.ts', '../../node-deploy/deploy-node.ts'],
  ['electron/services/node-deploy/deploy-node.ts', '../ssh/ssh.ts'],
  ['electron/services/secrets/store.ts', '../durable/write-file.ts'],
  ['electron/services/durable/write-file.ts', './sync-folder.ts'],
  ['electron/services/durable/write-file.ts', '../../../shared/problem.ts'],
  ['electron/imaging/write.ts', '../../shared/problem.ts'],
  ['electron/writer/main.ts', '../imaging/write.ts'],
  ['electron/writer/main.ts', '../services/drives/targets.ts'],
  ['renderer/app/app.tsx', '../../shared/contract/index.ts'],
  ['shared/contract/base.ts', '@orpc/contract'],
  ['shared/contract/base.ts', 'zod'],
  ['shared/contract/base.ts', '../problem.ts'],
];

describe('the layering rules', () => {
  let folder: string;
  let reported: Set<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sifaka-layers-'));
    // A tree of its own per edge: the rules match by path, and a report then names exactly one edge.
    const edges = [...forbidden, ...allowed];
    for (const [index, [file, specifier]] of edges.entries()) {
      const path = join(folder, edgeFile(index, file));
      await mkdir(dirname(path), { recursive: true });
      await copyFile(join(root, '.oxlintrc.json'), join(folder, `edge-${index}`, '.oxlintrc.json'));
      await writeFile(path, `import * as it from '${specifier}';\nexport const used = it;\n`);
    }
    const run = promisify(execFile);
    const lint = await run(
      process.execPath,
      [join(root, 'node_modules/oxlint/bin/oxlint'), '--format=json'],
      { cwd: folder, maxBuffer: 1 << 26 },
    ).catch((error: { stdout: string }) => error);
    const report = JSON.parse(lint.stdout) as { diagnostics: { code: string; filename: string }[] };
    reported = new Set(
      report.diagnostics
        .filter((one) => one.code.includes('no-restricted-imports'))
        .map((one) => one.filename),
    );
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(forbidden.map(([file, to], index) => [file, to, index] as const))(
    '%s may not import %s',
    (file, _to, index) => {
      expect(reported).toContain(edgeFile(index, file));
    },
  );

  it.each(allowed.map(([file, to], index) => [file, to, index] as const))(
    '%s may import %s',
    (file, _to, index) => {
      expect(reported).not.toContain(edgeFile(forbidden.length + index, file));
    },
  );
});

function edgeFile(index: number, file: string): string {
  return join(`edge-${index}`, file);
}
