import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Problem } from '../../../shared/problem.ts';
import type { CardPlan, PlanWarning, Target, TargetRequest } from '../../../shared/schemas/card.ts';
import { formatExactBytes } from '../../../shared/quantities.ts';
import { blockCells, totalLength } from './block-cells.ts';
import type { CardRequest } from './card-service.ts';
import type { CardFacts } from './facts.ts';
import { hostnameOf } from './render/desired-entry.ts';

/**
 * Bytes per second that a card or a file is written and read back with, on the slow side: a good card, or a hard disk of a small
 * server, fsync included. The estimate is for patience, not for truth; the run shows the real rate.
 */
const writeRate = 40e6;
const readRate = 80e6;

/** What a burn would do. Pure: the same request and facts give the same plan, to the last byte. TARGET_TOO_SMALL. */
export function planCard(request: CardRequest, facts: CardFacts): CardPlan {
  const { chosen, image, contents, target } = facts;
  if (target.size < image.size) throw tooSmall(target, image);
  const mappedBytes = totalLength(contents.mapped);
  const injectedBytes = facts.changes.reduce((sum, change) => sum + change.size, 0);
  const bytes = mappedBytes + injectedBytes;
  const freeSpace = (request.target.kind === 'drive' ? request.target.freeSpace : undefined) ?? 'keep';
  const handled = freeSpace === 'overwrite' ? target.size : bytes;
  return {
    schema: 'sifaka.card-plan/1',
    node: chosen.name,
    nodeClass: chosen.node.class,
    hostname: hostnameOf(chosen.name, chosen.node),
    clock: facts.clock.toISOString(),
    image,
    target,
    changes: [...facts.changes],
    write: {
      mappedBytes,
      injectedBytes,
      cells: blockCells(contents.size, contents.mapped),
      estimatedSeconds: Math.ceil(handled / writeRate + handled / readRate),
    },
    freeSpace,
    erases: erases(request.target.kind, target),
    warnings: warnings(facts),
  };
}

/** SHA-256 of the plan's canonical JSON (RFC 8785), in lower-case hexadecimal: the plan's name. */
export function planDigest(plan: CardPlan): string {
  const text = canonicalize(plan);
  if (text === undefined) throw new Error('a plan is an object');
  return createHash('sha256').update(text).digest('hex');
}

function erases(kind: TargetRequest['kind'], target: Target): string {
  return kind === 'new-file'
    ? `Nothing: ${target.path} is a new file.`
    : `Everything on ${target.label}. On it now: ${target.contents}.`;
}

function warnings({ chosen, observed, target }: CardFacts): PlanWarning[] {
  const { name, node, nodeClass } = chosen;
  const said: PlanWarning[] = [];
  if (node.k3s !== undefined && node.k3s.nodePasswordSecret === undefined) {
    said.push({ code: 'node-password-remembered', node: name, rememberedIn: `${name}.node-password.k3s` });
  }
  const given = node.sshHostKeys.map((key) => `/etc/ssh/ssh_host_${key.type}_key`);
  const shared = observed.hostKeys.filter((path) => !given.includes(path));
  if (shared.length > 0) {
    said.push({ code: 'host-keys-shared', files: shared });
  } else if (given.length === 0) {
    said.push({ code: 'host-keys-new', node: name });
  }
  if (node.machineId === undefined && observed.sharedMachineId) {
    said.push({ code: 'machine-id-shared' });
  }
  if (nodeClass.users.length + node.users.length === 0) {
    said.push({ code: 'no-users' });
  }
  if (target.kind === 'virtual-drive' || target.kind === 'existing-file') {
    said.push({ code: 'free-space-kept' });
  }
  return said;
}

function tooSmall(target: Target, image: CardPlan['image']): Problem {
  return new Problem('TARGET_TOO_SMALL', {
    what: `${target.label} holds ${formatExactBytes(target.size)}, and the golden image ${image.name} takes ${formatExactBytes(image.size)}.`,
    state: 'Nothing was written.',
    next: `Choose a target of at least that size.`,
  });
}
