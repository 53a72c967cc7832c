import type { BridgeSource, DeployRecord, NodeFile } from '../../../../shared/schemas/bridge.ts';
import { Problem } from '../../../../shared/problem.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import { onOneLine } from '../../lab/plain-text.ts';
import { nodeFileBytes } from '../../node-deploy/node-payload.ts';
import { readDeployRecord } from '../deploy/deploy-records.ts';
import { designDigest } from '../design/design-digest.ts';
import { designFile } from '../design/design-file.ts';
import { whyNotInDesign } from '../design/design-path.ts';
import { readDesign } from '../design/read-design.ts';
import type { DeploySource } from './bridge-facts.ts';

/**
 * The files of a design, or those of an earlier deploy. A record is a file of the lab, which anybody may have written: its
 * files are held to the same places and rights as those of a design. DESIGN_…, DESIGN_PATH_REFUSED, DEPLOY_UNKNOWN, LAB_….
 */
export async function readSource(lab: LabFolder, source: BridgeSource): Promise<DeploySource> {
  if (source.kind === 'design') {
    const { digest, nodes } = await readDesign(lab, source.name);
    return { source, digest, name: source.name, nodes };
  }
  const nodes = filesOf(await readDeployRecord(lab, source.id), source.state);
  const refused = Object.values(nodes).flatMap((files) => files.flatMap(whyRefused));
  if (refused.length > 0) throw recordRefused(source.id, refused);
  const what = source.state === 'after' ? 'put there' : 'found';
  return { source, digest: designDigest(nodes), name: `What deploy ${source.id} ${what}`, nodes };
}

function filesOf({ nodes }: DeployRecord, state: 'after' | 'before'): Record<string, NodeFile[]> {
  return Object.fromEntries(
    nodes.map((node) => [node.node, node[state].toSorted((a, b) => (a.path < b.path ? -1 : 1))]),
  );
}

/** An account's name, and permission bits without setuid, setgid and sticky. */
const account = /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/;
const permissions = /^0[0-7]{3}$/;

function whyRefused(file: NodeFile): string[] {
  const { path, owner, group, mode, sha256, size } = file;
  const reason = path.startsWith('/') ? whyNotInDesign(path.slice(1)) : 'is no absolute path';
  if (reason !== undefined) return [`${onOneLine(path)} ${reason}.`];
  if (!account.test(owner) || !account.test(group) || !permissions.test(mode))
    return [`${path} would get ${onOneLine(`${owner}:${group} ${mode}`, 80)}, which no deploy gives.`];
  const content = designFile(path, nodeFileBytes(file));
  return content.sha256 === sha256 && content.size === size ? [] : [`${path} is not what its digest says.`];
}

function recordRefused(id: string, refused: readonly string[]): Problem {
  const [first = '', ...more] = refused;
  return new Problem('DESIGN_PATH_REFUSED', {
    what: `The record of deploy ${id} has a file that no deploy puts on a node: ${first}`,
    state: 'No node was asked.',
    next: 'Somebody changed the record: look at its history in git, and deploy a design instead.',
    where: { file: `deploy/history/${id}.json` },
    ...(more.length > 0 ? { more: more.slice(0, 20) } : {}),
  });
}
