import { asProblem } from '../../../../shared/problem.ts';
import { systemErrorCode } from '../../durable/system-error.ts';
import { escapeName } from './byte-names.ts';
import { compareFiles, compareLinks } from './compare.ts';
import type { Comparison, Decision } from './compare.ts';
import { decideKinds } from './decide-kinds.ts';
import { decideMissing } from './decide-missing.ts';
import { stay } from './decided.ts';
import type { Decided, DecisionPorts, PairDifference } from './decided.ts';
import type { ByteName, Entry } from './entry.ts';
import { giveTurn } from './give-turn.ts';
import { md5OfTarget, targetOf } from './link-target.ts';
import { md5InPieces } from './md5-in-pieces.ts';
import { conflictNotice, noticeOf, specialNotice } from './plan-notices.ts';
import type { Findings } from './survey/findings.ts';

/** Decides every difference that a walk found. Reads files where their bytes decide. CANCELLED. */
export async function decideDifferences(found: Findings, ports: DecisionPorts): Promise<Decided> {
  const decided: Decided = {
    operations: [],
    alignments: [],
    notices: [],
    staying: [],
    stayingTotal: 0,
    equal: 0,
    deletes: 0,
  };
  const untouchable = new Set(
    found.troubles.filter(({ kind }) => kind !== 'holds-reserved').map(({ path }) => path),
  );
  const missing: { path: ByteName; destination: Entry }[] = [];
  // In this order the agreed state reads each folder's record once.
  const differences = found.differences.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  for (const difference of differences) {
    const { path, source, destination } = difference;
    if (untouchable.has(path)) continue;
    if (source === undefined) {
      if (destination !== undefined) missing.push({ path, destination });
    } else if (destination === undefined) create(path, source, decided);
    else await decidePair({ ...difference, source, destination }, found, ports, decided);
  }
  decideMissing(missing, found.troubles, ports, decided);
  return decided;
}

function create(path: ByteName, source: Entry, decided: Decided): void {
  if (source.kind === 'special') decided.notices.push(specialNotice(path));
  else
    decided.operations.push({
      operation: 'create',
      kind: source.kind,
      path,
      reason: 'missing',
      conflict: false,
      source,
    });
}

async function decidePair(
  difference: PairDifference,
  found: Findings,
  ports: DecisionPorts,
  decided: Decided,
): Promise<void> {
  const { path, source, destination } = difference;
  try {
    if (source.kind !== destination.kind || source.kind === 'special') {
      await decideKinds(difference, found, ports, decided);
    } else if (source.kind === 'link') {
      const targets = {
        source: targetOf(`${ports.request.source.bytes}/${path}`),
        destination: targetOf(`${ports.request.destination.bytes}/${path}`),
      };
      const md5 = { source: md5OfTarget(targets.source), destination: md5OfTarget(targets.destination) };
      const comparison = { source, destination, agreed: ports.agreed.advise(path), targets, md5 };
      take(compareLinks(comparison, ports.rules), difference, decided);
    } else await decideFiles(difference, ports, decided);
  } catch (error) {
    const code = systemErrorCode(error);
    // A run that was cancelled has a code as well, and is not a file that cannot be read.
    if (code === undefined || asProblem(error)) throw error;
    found.troubles.push({
      kind: code === 'ENOENT' ? 'vanished' : 'unreadable',
      path,
      side: 'both',
      detail: code,
    });
  }
}

async function decideFiles(
  difference: PairDifference,
  { request, rules, agreed, signal }: DecisionPorts,
  decided: Decided,
): Promise<void> {
  const { path, source, destination, md5 } = difference;
  const comparison: Comparison = {
    source,
    destination,
    agreed: agreed.advise(path),
    ...(md5 ? { md5 } : {}),
  };
  const decision = compareFiles(comparison, rules);
  if (decision.kind !== 'read') {
    take(decision, difference, decided);
    return;
  }
  await giveTurn(signal);
  const read = {
    source: await md5InPieces(`${request.source.bytes}/${path}`, source, signal),
    destination: await md5InPieces(`${request.destination.bytes}/${path}`, destination, signal),
  };
  if (read.source === undefined || read.destination === undefined) {
    decided.notices.push({
      kind: 'changed-meanwhile',
      filepath: escapeName(path),
      text: 'It changed while it was read. The next run sees what became of it.',
    });
    return;
  }
  const both = { source: read.source, destination: read.destination };
  take(compareFiles({ ...comparison, md5: both }, rules), { ...difference, md5: both }, decided);
}

/** Puts down what was decided about a name that both sides have with the same kind. */
function take(
  decision: Decision,
  { path, source, destination, md5 }: PairDifference,
  decided: Decided,
): void {
  switch (decision.kind) {
    case 'equal':
      decided.equal += 1;
      if (decision.notice) decided.notices.push(noticeOf(decision.notice, path));
      return;
    case 'align':
      decided.alignments.push({ path, source, destination });
      return;
    case 'update':
      decided.operations.push({
        operation: 'update',
        kind: source.kind === 'link' ? 'link' : 'file',
        path,
        reason: decision.reason,
        conflict: decision.conflict,
        source,
        destination,
        ...(md5 === undefined ? {} : { sourceMd5: md5.source, destinationMd5: md5.destination }),
      });
      if (decision.conflict) decided.notices.push(conflictNotice(path));
      return;
    case 'notice':
      decided.notices.push(noticeOf(decision.notice, path));
      return;
    case 'destination-wins':
      stay({ path, destination }, decision.reason, decided);
      return;
    case 'read':
      return;
  }
}
