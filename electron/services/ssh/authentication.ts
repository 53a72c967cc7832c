import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import type { Destination } from './destination.ts';
import { askAgent, ChosenKeys } from './operator-agent.ts';
import type { SshAccount } from './ssh-account.ts';

/** What to log in with, in this order, and what there is that cannot be used. */
export interface Authentication {
  readonly methods: readonly AnyAuthMethod[];
  /** How many keys that are; all of an agent's are one method. */
  readonly keys: number;
  readonly remarks: readonly string[];
}

/** OpenSSH's own, without those that are only for FIDO keys. */
const usualFiles = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519'];

/** OpenSSH ignores larger ones too. */
const largestKeyFile = 1024 * 1024;

/** A server ends a connection after six keys that it does not know (MaxAuthTries). */
const mostKeys = 6;

/**
 * The operator's keys for a host: those of the agent that the settings name, the agent's others unless `IdentitiesOnly`,
 * then key files. Passwords are never sent, and the agent is never forwarded.
 */
export async function authenticationFor(
  destination: Destination,
  account: SshAccount,
  signal: AbortSignal,
): Promise<Authentication> {
  const { settings, user } = destination;
  const remarks: string[] = [];
  const named = settings.identityFiles.filter((file) => file.toLowerCase() !== 'none');
  const places = (settings.identityFiles.length > 0 ? named : usualFiles).flatMap((written) => {
    const place = expanded(written, destination, account);
    if (place === undefined)
      remarks.push(`The key ${written} of ~/.ssh/config has a token that is not known.`);
    return place === undefined ? [] : [place];
  });
  const files = await Promise.all(places.map((place) => readKeyFile(place, named.length > 0)));
  remarks.push(...files.flatMap((file) => file.remarks));

  const agent = await agentKeys(destination, account, signal);
  remarks.push(...agent.remarks);
  const wanted = files.flatMap(({ publicKey }) => (publicKey === undefined ? [] : [publicKey]));
  const isNamed = (key: ParsedKey) => wanted.some((blob) => blob.equals(key.getPublicSSH()));
  const fromAgent = [
    ...agent.keys.filter(isNamed),
    ...(settings.identitiesOnly ? [] : agent.keys.filter((key) => !isNamed(key))),
  ];
  const fromFiles = files.flatMap(({ privateKey }) =>
    privateKey !== undefined &&
    !agent.keys.some((key) => key.getPublicSSH().equals(privateKey.getPublicSSH()))
      ? [privateKey]
      : [],
  );
  if (fromAgent.length + fromFiles.length > mostKeys) {
    remarks.push(
      `There are ${fromAgent.length + fromFiles.length} keys, and servers end a login after ${mostKeys}: name the right one with IdentityFile and IdentitiesOnly in ~/.ssh/config.`,
    );
  }
  return {
    methods: [
      ...(agent.place === undefined || fromAgent.length === 0
        ? []
        : [{ type: 'agent' as const, username: user, agent: new ChosenKeys(agent.place, fromAgent) }]),
      ...fromFiles.map((key) => ({ type: 'publickey' as const, username: user, key })),
    ],
    keys: fromAgent.length + fromFiles.length,
    remarks,
  };
}

async function agentKeys(
  { settings }: Destination,
  account: SshAccount,
  signal: AbortSignal,
): Promise<{ place?: string; keys: readonly ParsedKey[]; remarks: string[] }> {
  const setting = settings.identityAgent;
  if (setting?.toLowerCase() === 'none') return { keys: [], remarks: [] };
  const place =
    setting === undefined || setting === 'SSH_AUTH_SOCK' ? account.agent : agentPlace(setting, account);
  if (place === undefined) return { keys: [], remarks: ['There is no SSH agent (SSH_AUTH_SOCK).'] };
  try {
    const { usable, unusable } = await askAgent(place, AbortSignal.any([signal, AbortSignal.timeout(5000)]));
    return {
      place,
      keys: usable,
      remarks: unusable.map((type) => unusableRemark(`The agent has ${type}`, type)),
    };
  } catch {
    signal.throwIfAborted();
    return { keys: [], remarks: ['The SSH agent does not answer.'] };
  }
}

function agentPlace(setting: string, account: SshAccount): string | undefined {
  if (setting.startsWith('$')) return undefined;
  return setting.startsWith('~/') ? join(account.homeFolder, setting.slice(2)) : setting;
}

interface KeyFile {
  readonly privateKey?: ParsedKey;
  readonly publicKey?: Buffer;
  readonly remarks: readonly string[];
}

async function readKeyFile(place: string, wasNamed: boolean): Promise<KeyFile> {
  const remarks: string[] = [];
  const certificate = await readSmall(place.endsWith('.pub') ? undefined : `${place}-cert.pub`);
  if (certificate !== undefined) {
    remarks.push(
      `There is a certificate for ${place}; ssh2 cannot log in with certificates, so the key is tried alone.`,
    );
  }
  const publicText = await readSmall(place.endsWith('.pub') ? place : `${place}.pub`);
  const publicBlob = publicText === undefined ? undefined : blobOf(publicText);
  const text = place.endsWith('.pub') ? undefined : await readSmall(place);
  if (text === undefined) {
    // With only the public half the key is in the agent, as `IdentityFile key.pub` means.
    if (wasNamed && publicBlob === undefined)
      remarks.push(`The key ${place} of ~/.ssh/config cannot be read.`);
    return { ...(publicBlob === undefined ? {} : { publicKey: publicBlob }), remarks };
  }
  const parsed: ParsedKey | Error | readonly ParsedKey[] = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error || !key?.isPrivateKey()) {
    const type = /^(sk-\S+) /.exec(publicText?.toString() ?? '')?.[1];
    remarks.push(
      type === undefined
        ? `The key ${place} cannot be used as a file: it has a passphrase, or is of a kind that is not known. Add it to the agent with ssh-add.`
        : unusableRemark(`The key ${place} is ${type}`, type),
    );
    return { ...(publicBlob === undefined ? {} : { publicKey: publicBlob }), remarks };
  }
  return { privateKey: key, publicKey: key.getPublicSSH(), remarks };
}

function unusableRemark(subject: string, type: string): string {
  if (type.startsWith('sk-'))
    return `${subject}: ssh2 cannot use FIDO keys, neither from a file nor from the agent.`;
  if (type.includes('-cert-')) return `${subject}: ssh2 cannot log in with certificates.`;
  return `${subject}, which ssh2 cannot use.`;
}

/** The key of a line as in `id_ed25519.pub`. */
function blobOf(line: Buffer): Buffer | undefined {
  const [, base64] = line.toString('latin1').trim().split(/\s+/);
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

async function readSmall(place: string | undefined): Promise<Buffer | undefined> {
  if (place === undefined) return undefined;
  try {
    const found = await stat(place);
    return found.isFile() && found.size <= largestKeyFile ? await readFile(place) : undefined;
  } catch {
    return undefined;
  }
}

/** `~` and the tokens of ssh_config(5) that concern the two ends; `undefined` with any other. */
function expanded(
  written: string,
  { address, port, user, host }: Destination,
  { homeFolder, userName }: SshAccount,
): string | undefined {
  const values: Record<string, string> = {
    '%': '%',
    d: homeFolder,
    u: userName,
    h: address,
    n: host,
    p: String(port),
    r: user,
  };
  let known = true;
  const place = written.replace(/%(.?)/g, (_, token: string) => {
    known &&= Object.hasOwn(values, token);
    return values[token] ?? '';
  });
  if (!known || place.includes('${')) return undefined;
  if (place.startsWith('~/') || place.startsWith('~\\')) return join(homeFolder, place.slice(2));
  return isAbsolute(place) ? place : join(homeFolder, '.ssh', place);
}
