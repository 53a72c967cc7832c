import type { Guest } from './schemas/backup-manifest.ts';
import type { BackupPolicy, BackupRule, GuestSelector, Keep } from './schemas/backup-policy.ts';

/** What of a guest a selector looks at. */
export type SelectedGuest = Pick<Guest, 'node' | 'vmid' | 'tags' | 'pool'>;

/** What a policy says of one guest. `none`: nothing at all, so that nobody has said that it needs no backup. */
export type PolicyForGuest =
  | { readonly kind: 'rule'; readonly rule: BackupRule }
  | { readonly kind: 'excluded'; readonly by: GuestSelector }
  | { readonly kind: 'none' };

/** What of a policy says which rule counts. */
export type GuestPolicy = Pick<BackupPolicy, 'rules' | 'exclude' | 'restoreTests'>;

/**
 * Which rule counts for a guest: `exclude` before all rules, then the first rule that it fits. A guest with an id of restore
 * tests is one that a test has made, or left: it is excluded. A tag or a pool that its node does not tell is taken for one
 * that it has not.
 */
export function policyFor(
  { rules, exclude, restoreTests }: GuestPolicy,
  guest: SelectedGuest,
): PolicyForGuest {
  const tests = restoreTests?.vmids;
  if (tests !== undefined && guest.vmid >= tests.first && guest.vmid <= tests.last)
    return { kind: 'excluded', by: guest.vmid };
  const by = exclude.find((selector) => fits(selector, guest));
  if (by !== undefined) return { kind: 'excluded', by };
  const rule = rules.find(({ guests }) => guests.some((selector) => fits(selector, guest)));
  return rule === undefined ? { kind: 'none' } : { kind: 'rule', rule };
}

/** The rule that counts for a guest; `undefined` when it is excluded, or none does. */
export function ruleFor(policy: GuestPolicy, guest: SelectedGuest): BackupRule | undefined {
  const found = policyFor(policy, guest);
  return found.kind === 'rule' ? found.rule : undefined;
}

/** Whether a selector means this guest. Letters count as they are written, as Proxmox keeps tags and pools. */
export function fits(selector: GuestSelector, guest: SelectedGuest): boolean {
  if (selector === 'all') return true;
  if (typeof selector === 'number') return selector === guest.vmid;
  if (/^\d+$/.test(selector)) return Number(selector) === guest.vmid;
  if (selector.includes('/')) return selector === `${guest.node}/${guest.vmid}`;
  const [kind, name = ''] = splitOnce(selector, ':');
  if (kind === 'node') return name === guest.node;
  if (kind === 'tag') return guest.tags.includes(name);
  return kind === 'pool' && name === guest.pool;
}

/** How many archives of a rule a target keeps, or, without one, the storage that they are made on. */
export function keepAt(rule: BackupRule, target?: string): Keep {
  if (target !== undefined && Object.hasOwn(rule.keepOn, target)) return rule.keepOn[target] ?? rule.keep;
  return rule.keep;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
