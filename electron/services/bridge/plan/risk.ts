import type { BridgeRisk, FileChange, LiveChange } from '../../../../shared/schemas/bridge.ts';
import type { NodeBridgeFacts } from '../facts/node-facts.ts';
import { managementLinks } from './management-links.ts';

interface Changes {
  readonly bridge: string;
  readonly files: readonly FileChange[];
  readonly live: readonly LiveChange[];
}

/** The worst that can happen to a node before it takes the change back by itself, were the plan to go wrong. */
export function riskOf(changes: Changes, facts: NodeBridgeFacts): BridgeRisk {
  if (changes.files.length === 0 && changes.live.length === 0) return 'none';
  if (mayCutManagement(changes, facts)) return 'may-cut-management';
  return flapsLink(changes, facts) ? 'link-flap' : 'reload';
}

/**
 * When an interface that the operator's connection needs would change, a changed file names it or its address, when one configures
 * interfaces without saying which, when ifupdown2 would change the management interface too, and when it is not known over
 * which interface the connection comes.
 */
function mayCutManagement({ files, live }: Changes, facts: NodeBridgeFacts): boolean {
  const { management, pending } = facts;
  if (management === undefined) return true;
  if (pending.length > 0) return true;
  const links = [...managementLinks(facts)].filter((name) => name !== 'lo');
  if (live.some(({ link }) => links.includes(link))) return true;
  const words = new Set(management.interface === 'lo' ? links : [...links, management.address]);
  return files.some((change) =>
    textsOf(change).some((text) => names(text, words) || isForAnyLink(change.path, text)),
  );
}

/** A bridge that is there loses frames for a moment, and so does a port that is in use otherwise. */
function flapsLink({ bridge, files, live }: Changes, { links }: NodeBridgeFacts): boolean {
  if (links.some(({ name }) => name === bridge)) {
    return (
      live.some(({ what }) => what !== 'up') || files.some(({ path }) => path.startsWith('/etc/network/'))
    );
  }
  const ports = new Set(live.filter(({ what }) => what === 'port').map(({ link }) => link));
  return links.some(
    ({ name, master, addresses }) => ports.has(name) && (master !== undefined || addresses.length > 0),
  );
}

function textsOf({ before, after }: FileChange): string[] {
  return [before?.text, after?.text].filter((text) => text !== undefined);
}

function names(text: string, words: ReadonlySet<string>): boolean {
  return text.split(/[^A-Za-z0-9._:-]+/).some((word) => words.has(word) || words.has(word.replace(/:$/, '')));
}

/** systemd.link(5) and systemd.network(5): a file without one of these in its [Match] is for every interface. */
function isForAnyLink(path: string, text: string): boolean {
  if (!/\.(?:link|network)$/.test(path)) return false;
  const match = /^\[Match\]\s*$([^[]*)/m.exec(text)?.[1] ?? '';
  const narrowing = [
    ...match.matchAll(/^\s*(Path|Driver|MACAddress|PermanentMACAddress|Name|OriginalName)\s*=\s*(.*)$/gm),
  ];
  return !narrowing.some(([, , value = '']) => value.trim() !== '' && value.trim() !== '*');
}
