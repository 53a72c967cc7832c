import { matchesPattern } from './host-pattern.ts';

/**
 * The part of OpenSSH's client configuration (ssh_config(5)) that decides where a connection goes and with which keys.
 * Everything else either does not matter here (colours, forwarding, multiplexing: nothing of that is done), or is said.
 */
export interface ClientConfig {
  readonly blocks: readonly Block[];
}

interface Block {
  readonly patterns: readonly string[];
  /** For a `Match` or an `Include`: whom it concerns is not known, so it is said for everybody. */
  readonly unread?: string;
  readonly entries: readonly (readonly [keyword: string, value: string])[];
}

export interface HostSettings {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly proxyJump?: string;
  readonly identitiesOnly: boolean;
  readonly identityAgent?: string;
  /** As written, with `~` and tokens. */
  readonly identityFiles: readonly string[];
  /** What is not used though it stands there for this host, in an operator's words. */
  readonly remarks: readonly string[];
  /** Without this the connection would go elsewhere than the operator's `ssh` goes: it must not be made. */
  readonly unsupported?: string;
}

/** Only these; ssh_config(5) has a hundred. */
const understood = new Set([
  'hostname',
  'user',
  'port',
  'proxyjump',
  'identitiesonly',
  'identityagent',
  'identityfile',
]);

/** What changes with whom, or as whom, one speaks; `HostKeyAlias` does not, since keys are pinned by the node's name. */
const remarkable = new Map([
  ['certificatefile', 'certificates are not used'],
  ['pkcs11provider', 'keys of a PKCS#11 module are used through the agent only'],
  ['securitykeyprovider', 'FIDO keys are not used'],
  ['bindaddress', 'the system chooses the address to connect from'],
  ['bindinterface', 'the system chooses the interface to connect from'],
  ['addressfamily', 'the system chooses between IPv4 and IPv6'],
  ['hostkeyalgorithms', 'Ed25519, ECDSA and RSA with SHA-2 are used'],
  ['kexalgorithms', 'the usual algorithms are used'],
  ['ciphers', 'the usual algorithms are used'],
  ['macs', 'the usual algorithms are used'],
]);

export function parseClientConfig(text: string): ClientConfig {
  const blocks: Block[] = [];
  let entries: (readonly [string, string])[] = [];
  blocks.push({ patterns: ['*'], entries });
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    const keyword = found?.[1]?.toLowerCase();
    const value = found?.[2];
    if (keyword === undefined || value === undefined) continue;
    if (keyword === 'host') {
      entries = [];
      blocks.push({ patterns: words(value), entries });
    } else if (keyword === 'match') {
      entries = [];
      const unread = `"Match ${value}" and what follows it up to the next Host`;
      blocks.push({ patterns: ['*'], unread, entries: [] });
    } else if (keyword === 'include') {
      blocks.push({ patterns: blocks.at(-1)?.patterns ?? ['*'], unread: `"Include ${value}"`, entries: [] });
    } else entries.push([keyword, value]);
  }
  return { blocks };
}

/** The settings for a host, which may go by several names. As in OpenSSH, the first value that is found is the one. */
export function settingsFor(config: ClientConfig, names: readonly string[]): HostSettings {
  const first = new Map<string, string>();
  const identityFiles: string[] = [];
  const remarks = new Set<string>();
  for (const { patterns, unread, entries } of config.blocks) {
    if (!matchesPattern(patterns, names)) continue;
    if (unread !== undefined) remarks.add(`${unread} in ~/.ssh/config is not read.`);
    for (const [keyword, value] of entries) {
      const remark = remarkable.get(keyword);
      if (remark !== undefined) remarks.add(`${keyword} in ~/.ssh/config is not used: ${remark}.`);
      if (keyword === 'identityfile') identityFiles.push(words(value).join(' '));
      else if (understood.has(keyword) && !first.has(keyword)) first.set(keyword, words(value).join(' '));
      else if (keyword === 'proxycommand' && !first.has(keyword) && !first.has('proxyjump'))
        first.set(keyword, value);
    }
  }
  return { ...settled(first, remarks), identityFiles };
}

function settled(
  first: ReadonlyMap<string, string>,
  remarks: Set<string>,
): Omit<HostSettings, 'identityFiles'> {
  const text = (keyword: string, name: string) => {
    const value = first.get(keyword);
    return value === undefined || value === '' ? {} : { [name]: value };
  };
  const written = first.get('port');
  const port = Number(written);
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65535;
  if (written !== undefined && !isPort) remarks.add('Port in ~/.ssh/config is no port, and not used.');
  const proxyCommand = first.get('proxycommand');
  return {
    ...text('hostname', 'hostName'),
    ...text('user', 'user'),
    ...(written !== undefined && isPort ? { port } : {}),
    ...text('proxyjump', 'proxyJump'),
    identitiesOnly: first.get('identitiesonly')?.toLowerCase() === 'yes',
    ...text('identityagent', 'identityAgent'),
    remarks: [...remarks],
    ...(proxyCommand === undefined || proxyCommand.toLowerCase() === 'none'
      ? {}
      : { unsupported: 'a ProxyCommand' }),
  };
}

/** Words parted by blanks; a quoted one keeps its blanks. A comment may follow, as in OpenSSH since 8.5. */
function words(value: string): string[] {
  const found: string[] = [];
  for (const [, quoted, plain] of value.matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    if (plain?.startsWith('#')) break;
    found.push(quoted ?? plain ?? '');
  }
  return found;
}
