import { keepAt, policyFor } from '../../../../shared/backup-rules.ts';
import type { Archive, Guest } from '../../../../shared/schemas/backup-manifest.ts';
import type { BackupPolicy, Keep } from '../../../../shared/schemas/backup-policy.ts';

/** How many archives of one guest are kept at one place. */
export type KeepDecision =
  | { readonly keep: Keep; readonly rule: string }
  /** All of them, and why. */
  | { readonly keep: 'all'; readonly why: string };

/**
 * What the policy says of the guest that an archive is of, at the place where it is. Everything is kept wherever it says
 * nothing for certain: guests that are gone, excluded, in no rule, or of which their node did not say enough to know the
 * rule; places that the rule does not name; storages that vzdump prunes by itself, and backup servers, which do so too.
 */
export function keepOfGuest(archive: Archive, guests: readonly Guest[], policy: BackupPolicy): KeepDecision {
  const { type, vmid, pveCluster, place } = archive;
  if (archive.format.startsWith('pbs-')) return all('a backup server prunes by itself');
  const found = guests.filter(
    (guest) =>
      guest.type === type &&
      guest.vmid === vmid &&
      (pveCluster === undefined || guest.pveCluster === pveCluster),
  );
  const [guest, another] = found;
  if (guest === undefined)
    return all('no node that answered has its guest, and what is left of a guest is kept');
  if (another !== undefined) return all('it could be of more than one guest');
  if (guest.source === 'manifest') return all('the node of its guest did not answer');
  const decided = policyFor(policy, guest);
  if (decided.kind === 'excluded') return all(`the policy excludes its guest (${decided.by})`);
  if (guest.source !== 'pvesh' && asksForMore(policy))
    return all(
      'which rule of the policy counts is not known: the node of its guest did not tell its tags and pool',
    );
  if (decided.kind === 'none') return all('no rule of the policy is for its guest');
  const { rule } = decided;
  const [kind, name] = placeParts(place);
  if (kind === 'target') {
    if (!rule.targets.includes(name)) return all(`the rule ${rule.name} does not name ${name}`);
    return { keep: keepAt(rule, name), rule: rule.name };
  }
  if (name.slice(name.indexOf('/') + 1) !== rule.storage)
    return all(`the rule ${rule.name} is about archives on ${rule.storage}`);
  if (rule.pruneBy === 'vzdump') return all(`by the rule ${rule.name} vzdump prunes here after each backup`);
  return { keep: keepAt(rule), rule: rule.name };
}

function all(why: string): KeepDecision {
  return { keep: 'all', why };
}

/** Whether a rule could depend on what only `pvesh` tells of a guest. */
function asksForMore({ rules, exclude }: BackupPolicy): boolean {
  return [...exclude, ...rules.flatMap(({ guests }) => guests)].some(
    (selector) => typeof selector === 'string' && /^(tag|pool):/.test(selector),
  );
}

function placeParts(place: string): [string, string] {
  const at = place.indexOf(':');
  return [place.slice(0, at), place.slice(at + 1)];
}
