import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { ownMounts } from './own-mounts.ts';
import { requireNobody } from './polkit-nobody.ts';
import { requireTools, unproven } from './required-tools.ts';

const execute = promisify(execFile);
/** Milliseconds, after which the machine is taken down with all that hangs in it. */
const longestRun = 90_000;
const ownMachine = [...ownMounts, '--pid', '--fork', '--mount-proc', '--kill-child'];
const resources = fileURLToPath(new URL('../../resources/polkit/', import.meta.url));

/** Skips loudly where there can be no such machine, or where it could not run the program. */
export async function requirePolkit(context: TestContext, program: string): Promise<void> {
  requireNobody(context, program);
  requireTools(context, 'pkexec', 'dbus-daemon', 'dbus-send');
  await requireNamespaces(context);
}

/** Skips loudly where a process cannot have mounts of its own. */
export async function requireNamespaces(context: TestContext): Promise<void> {
  if (process.getuid?.() !== 0) unproven(context, 'needs root, to mount in a namespace of its own');
  requireTools(context, 'unshare');
  try {
    await execute('unshare', [...ownMachine, 'mount', '-t', 'tmpfs', 'sifaka-probe', '/run']);
  } catch {
    unproven(context, 'needs to be allowed to mount in a namespace of its own');
  }
}

/**
 * Runs a command as nobody on a machine (polkit-world.sh) where the package is installed: its policy, its helper, and a
 * stand-in for the writer that is handed in. `rule` is JavaScript for polkitd, what to answer when somebody asks. Answers
 * what the command printed.
 */
export async function onMachineWithPolkit(options: {
  /** A folder for what is installed; the caller removes it. */
  folder: string;
  writer: string;
  rule: string | undefined;
  setup?: 'polkitd' | 'nothing';
  command: readonly string[];
}): Promise<string> {
  const rules = join(options.folder, 'rules');
  const helpers = join(options.folder, 'package/opt/Sifaka/resources/writer');
  await mkdir(rules, { recursive: true });
  await mkdir(helpers, { recursive: true });
  if (options.rule !== undefined) {
    await writeFile(
      join(rules, '10-test.rules'),
      `polkit.addRule(function (action, subject) { ${options.rule} });\n`,
    );
  }
  await copyFile(
    join(resources, 'org.sifaka.writer.policy'),
    join(options.folder, 'package/org.sifaka.writer.policy'),
  );
  await copyFile(join(resources, 'sifaka-writer'), join(helpers, 'sifaka-writer'));
  await chmod(join(helpers, 'sifaka-writer'), 0o755);
  await writeFile(join(helpers, 'writer.mjs'), options.writer);
  await writeFile(join(helpers, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  const { stdout } = await execute(
    'unshare',
    [
      ...ownMachine,
      fileURLToPath(new URL('polkit-world.sh', import.meta.url)),
      rules,
      join(options.folder, 'package'),
      options.setup ?? 'polkitd',
      ...options.command,
    ],
    { timeout: longestRun, killSignal: 'SIGKILL' },
  );
  return stdout;
}
