import type { KeySummary, LabNode, NodeCheck, PresentedKey } from '../../../shared/contract/nodes.ts';
import { asProblem, Problem } from '../../../shared/problem.ts';
import type { HostKeysFile } from '../../../shared/schemas/host-keys.ts';
import type { Clock } from '../clock.ts';
import type { LabFolder } from '../lab/lab-folder.ts';
import { hostKeysFile } from '../lab/known-files.ts';
import type { Destination } from './destination.ts';
import { fingerprintOf, type HostKey, includesKey, keySummary } from './host-key.ts';
import { knownHostKeys } from './known-hosts.ts';
import { factsScript, parseFacts } from './node-facts.ts';
import { shellScript } from './run-command.ts';
import type { Ssh, Ways } from './ssh.ts';
import { commandNotStarted, hostKeyMismatch, inWords, nodeUnknown } from './ssh-problems.ts';
import { keysOf, trustKeys } from './trusted-keys.ts';

type TrustInput = Parameters<NodeService['trust']>[0];
type TrustAnswer = { host: string; file: string; trusted: KeySummary[]; changed: boolean };

/** The lab's nodes as things that can be asked: which there are, who they are, and whether that is proven. */
export interface NodeService {
  list(): Promise<LabNode[]>;
  /** All nodes, or those named, at the same time; NODE_UNKNOWN before any is asked. */
  check(names: readonly string[] | undefined, signal: AbortSignal): Promise<NodeCheck[]>;
  hostKey(host: string, signal: AbortSignal): Promise<PresentedKey>;
  trust(
    input: {
      readonly host: string;
      readonly proof: { readonly fingerprint: string } | { readonly knownHosts: string };
      readonly replace: boolean;
    },
    signal: AbortSignal,
  ): Promise<TrustAnswer>;
}

export function createNodeService({
  lab,
  ssh,
  clock,
}: {
  lab: LabFolder;
  ssh: Ssh;
  clock: Clock;
}): NodeService {
  return {
    async list() {
      const [ways, keys] = await Promise.all([ssh.ways(), lab.hostKeys()]);
      return ways.members.map(({ name }) => describe(name, ways, keys?.value).node);
    },
    async check(names, signal) {
      const [ways, keys] = await Promise.all([ssh.ways(), lab.hostKeys()]);
      const unknown = names?.find((name) => !ways.members.some((member) => member.name === name));
      if (unknown !== undefined) throw nodeUnknown(unknown);
      const chosen = ways.members.filter(({ name }) => names === undefined || names.includes(name));
      return Promise.all(chosen.map(({ name }) => checkNode(ssh, describe(name, ways, keys?.value), signal)));
    },
    async hostKey(host, signal) {
      const destination = (await ssh.ways()).destinations.toHost(host);
      const presented = await ssh.lookAtHostKey(destination, signal);
      const trusted = keysOf((await lab.hostKeys())?.value, host);
      const state =
        trusted.length === 0 ? 'unknown' : includesKey(trusted, presented) ? 'trusted' : 'changed';
      return { host, presented: keySummary(presented), trusted: trusted.map(keySummary), state };
    },
    async trust(input, signal) {
      const { host, proof, replace } = input;
      const destination = (await ssh.ways()).destinations.toHost(host);
      const keys = await provenKeys(ssh, destination, proof, signal);
      const changed = await trustKeys(lab, clock, {
        host,
        keys,
        by: 'fingerprint' in proof ? 'fingerprint' : 'known-hosts',
        replace,
        changed: (trusted) => hostKeyMismatch(destination, trusted, keys[0]),
      });
      const trusted = keysOf((await lab.hostKeys())?.value, host).map(keySummary);
      return { host, file: hostKeysFile, trusted, changed };
    },
  };
}

interface Described {
  readonly node: LabNode;
  readonly destination?: Destination;
}

function describe(name: string, { members, destinations }: Ways, keys: HostKeysFile | undefined): Described {
  const cluster = members.find((member) => member.name === name)?.cluster ?? '';
  const trusted = keysOf(keys, name).map(keySummary);
  try {
    const destination = destinations.toNode(name);
    const { address, port, user, jumps, settings } = destination;
    const via = jumps.map((jump) => jump.host);
    const remarks = [...settings.remarks];
    return { node: { name, cluster, address, port, user, via, trusted, remarks }, destination };
  } catch (error) {
    const problem = asProblem(error);
    if (!problem) throw error;
    return { node: { name, cluster, via: [], trusted, remarks: [], problem: problem.toRecord() } };
  }
}

/** A node that does not answer is a gap with its reason; only a bug, or that nobody waits any more, ends the whole. */
async function checkNode(
  ssh: Ssh,
  { node, destination }: Described,
  signal: AbortSignal,
): Promise<NodeCheck> {
  if (destination === undefined) return node;
  try {
    const { stdout, stderr, code, hostKey } = await ssh.run(destination, shellScript(factsScript), {
      signal,
    });
    const facts = parseFacts(stdout);
    if (facts === undefined || code !== 0) throw commandNotStarted(destination, stderr.toString('utf8'));
    return { ...node, hostKey: keySummary(hostKey), facts };
  } catch (error) {
    const problem = asProblem(error);
    if (!problem || problem.code === 'CANCELLED') throw error;
    return { ...node, problem: problem.toRecord() };
  }
}

/** HOST_KEY_MISMATCH when the host presents another key than the operator compared; HOST_KEY_NOT_LISTED. */
async function provenKeys(
  ssh: Ssh,
  destination: Destination,
  proof: TrustInput['proof'],
  signal: AbortSignal,
): Promise<HostKey[]> {
  if ('knownHosts' in proof) {
    const keys = knownHostKeys(proof.knownHosts, destination.knownAs);
    if (keys.length === 0) throw notListed(destination);
    return keys;
  }
  const presented = await ssh.lookAtHostKey(destination, signal);
  if (fingerprintOf(presented.blob) === proof.fingerprint) return [presented];
  throw new Problem('HOST_KEY_MISMATCH', {
    what: `What answers for ${destination.host} at ${inWords(destination)} has the ${presented.type} key ${fingerprintOf(presented.blob)}, not the one that was compared.`,
    state: 'Nothing was trusted.',
    next: `Compare the ${presented.type} key at the console of ${destination.host}. If it is another one there too, something else answers in its place.`,
  });
}

function notListed(destination: Destination): Problem {
  return new Problem('HOST_KEY_NOT_LISTED', {
    what: `The file has no host key for ${destination.host}, under none of its names: ${destination.knownAs.join(', ')}.`,
    state: 'Nothing was trusted.',
    next: `Give a known_hosts file with a line for it, or compare the fingerprint: sifaka nodes trust ${destination.host}`,
  });
}
