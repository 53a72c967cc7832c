import type { NodeFile, PlannedNode } from '../../../../shared/schemas/bridge.ts';
import { type AskedNode, type DeploySource, factsOf } from '../plan/bridge-facts.ts';
import type { Payload, PayloadFile } from '../../node-deploy/node-payload.ts';

/** What a deploy finds and leaves on a node: every file of what is deployed, and every one in its place or removed. */
export interface FoundAndLeft {
  readonly before: readonly NodeFile[];
  readonly after: readonly NodeFile[];
}

export function foundAndLeft(asked: AskedNode, { files }: PlannedNode): FoundAndLeft {
  const removed = files.flatMap(({ action, before }) =>
    action === 'remove' && before !== undefined ? [before] : [],
  );
  const replaced = asked.files.flatMap(({ path }) => presentFile(asked, path) ?? []);
  return { before: [...replaced, ...removed], after: [...asked.files] };
}

/** What the node is to receive. The links are the bridge's as the lab has them, and as it is now. */
export function payloadFor(
  asked: AskedNode,
  planned: PlannedNode,
  { program, who, source }: { program: string; who: string; source: DeploySource },
): Payload {
  const changed = new Map(planned.files.map((change) => [change.path, change]));
  const kept = asked.files
    .filter(({ path }) => !changed.has(path))
    .map((after): PayloadFile => ({ action: 'keep', path: after.path, before: after, after }));
  const changes = planned.files.map(
    ({ path, action, before, after }): PayloadFile => ({
      // New rights come with a new inode too, so that the old one can be brought back as it was.
      action: action === 'permissions' ? 'replace' : action,
      path,
      before,
      after,
    }),
  );
  return {
    program,
    who,
    design: source.source.kind === 'design' ? source.source.name : `deploy:${source.source.id}`,
    sourceDigest: source.digest,
    links: linksOf(asked),
    files: [...changes, ...kept],
  };
}

function linksOf(asked: AskedNode): string[] {
  const { bridge, ports } = asked.member;
  const links = factsOf(asked)?.links ?? [];
  const enslaved = links.filter(({ master }) => master === bridge).map(({ name }) => name);
  const names = [bridge, ...ports.map(({ name }) => name), ...enslaved];
  // A name that the node would not take is of no port that a design can speak of.
  return [...new Set(names)].filter((name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(name));
}

function presentFile(asked: AskedNode, path: string): NodeFile | undefined {
  const found = factsOf(asked)?.files.get(path);
  return found?.kind === 'file' ? found.file : undefined;
}
