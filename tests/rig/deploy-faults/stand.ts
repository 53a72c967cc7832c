import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTemplates } from '../../../electron/services/bridge/design/templates.ts';
import { newAttempt } from '../../../electron/services/bridge/design/new-attempt.ts';
import { readDesign } from '../../../electron/services/bridge/design/read-design.ts';
import { systemClock } from '../../../electron/services/clock.ts';
import { openLabFolder } from '../../../electron/services/lab/open-lab-folder.ts';
import type { NodeFile } from '../../../shared/schemas/bridge.ts';

const resources = fileURLToPath(new URL('../../../resources', import.meta.url));

/** A design that the table deploys: its files by node, and how its links differ from those of the first. */
export interface TableDesign {
  readonly name: string;
  readonly files: ReadonlyMap<string, readonly NodeFile[]>;
  /** Of a line of a node's state with the first design. */
  likeThis(line: string): string;
  /** The lab's cluster file that it was rendered from. */
  readonly cluster: string;
}

/**
 * Three designs whose files and links all differ: each has a file that no other has, so that going from one to another
 * creates, replaces and removes; another address, and another MTU.
 */
export async function makeDesigns(lab: string, nodes: readonly string[]): Promise<TableDesign[]> {
  const file = join(lab, 'cluster/madagascar.json');
  const first = readFileSync(file, 'utf8');
  const designs: TableDesign[] = [];
  const templates = await loadTemplates(resources);
  for (const [index, mtu] of [65_520, 65_000, 64_000].entries()) {
    const cluster = first.replaceAll('10.99.0.', `10.99.${index}.`).replaceAll('65520', String(mtu));
    writeFileSync(file, cluster);
    const folder = await openLabFolder({ root: lab, clock: systemClock });
    const { design } = await newAttempt(folder, templates, { from: 'none' });
    const common = join(lab, 'deploy', design.name, 'common');
    write(join(common, `etc/sysctl.d/60-${design.name}.conf`), `# ${design.name}\n`);
    write(
      join(common, `usr/local/lib/thunderbridge-${design.name}/note`),
      `#!/bin/sh\necho ${design.name}\n`,
    );
    const whole = await readDesign(folder, design.name);
    designs.push({
      name: design.name,
      files: new Map(nodes.map((node) => [node, whole.nodes[node] ?? []])),
      likeThis: (line) =>
        line.replaceAll('10.99.0.', `10.99.${index}.`).replace(/^(link thunder.* mtu=)65520 /, `$1${mtu} `),
      cluster,
    });
  }
  return designs;
}

/** The lab says of the bridge what this design does, as it would if the operator had just made it. */
export function describe(lab: string, { cluster }: TableDesign): void {
  writeFileSync(join(lab, 'cluster/madagascar.json'), cluster);
}

/** As `readState` has it. */
export function lineOf({ mode, owner, group, text, base64 }: NodeFile): string {
  const content = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8');
  const digest = createHash('sha256').update(content).digest('hex');
  return `f ${mode.replace(/^0/, '')} ${owner}:${group} ${digest}`;
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
