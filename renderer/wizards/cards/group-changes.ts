import type { CardChange } from '../../../shared/schemas/card.ts';

/** Changes under their reasons, both in the order the plan has them. */
export function groupByReason(changes: readonly CardChange[]): { reason: string; members: CardChange[] }[] {
  const groups = new Map<string, CardChange[]>();
  for (const change of changes) {
    const members = groups.get(change.reason);
    if (members) members.push(change);
    else groups.set(change.reason, [change]);
  }
  return [...groups].map(([reason, members]) => ({ reason, members }));
}
