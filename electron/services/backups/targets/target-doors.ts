import { isAbsolute } from 'node:path';
import { asProblem, Problem } from '../../../../shared/problem.ts';
import type { BackupTarget, S3Target } from '../../../../shared/schemas/backup-policy.ts';
import type { LabFolder } from '../../lab/lab-folder.ts';
import type { SecretStore } from '../../secrets/secret-store.ts';
import type { Ssh } from '../../ssh/ssh.ts';
import { createNodeFiles, type NodeFiles } from '../node/node-files.ts';
import { createLocalPlace } from './folder/local-place.ts';
import { createNodePlace } from './folder/node-place.ts';
import { createS3Client, type S3Keys } from './s3/s3-client.ts';
import { createS3Place } from './s3/s3-place.ts';
import { targetRefused } from './target-problems.ts';
import type { TargetPlace } from './target-place.ts';

export interface DoorParts {
  readonly lab: LabFolder;
  readonly ssh: Ssh;
  readonly secrets: SecretStore;
}

/**
 * Ways to one target. What it takes to go in (keys, a client, a connection) is had for the time of the work alone.
 */
export interface TargetDoors {
  /** One for each node that may see the folder; a single one where it is not on nodes. */
  readonly ways: readonly (string | undefined)[];
  enter<Result>(
    node: string | undefined,
    labId: string,
    work: (place: TargetPlace) => Promise<Result>,
  ): Promise<Result>;
}

/** Files of a node of the cluster file. NODE_UNKNOWN, SSH_ADDRESS_MISSING. */
export async function filesOf({ ssh }: Pick<DoorParts, 'ssh'>, node: string): Promise<NodeFiles> {
  const { destinations } = await ssh.ways();
  return createNodeFiles(ssh, destinations.toNode(node));
}

export async function doorsTo(parts: DoorParts, name: string, target: BackupTarget): Promise<TargetDoors> {
  if (target.kind === 's3')
    return { ways: [undefined], enter: (_node, _lab, work) => throughS3(parts, name, target, work) };
  if (target.kind === 'local-folder') {
    if (!isAbsolute(target.path)) throw notAbsolute(name, target.path);
    return { ways: [undefined], enter: (_node, _lab, work) => work(createLocalPlace(name, target.path)) };
  }
  const { members } = await parts.ssh.ways();
  return {
    ways: members.map((member) => member.name),
    async enter(node, labId, work) {
      if (node === undefined) throw new Error('a folder of a node without the node');
      return work(createNodePlace(name, target.path, labId, await filesOf(parts, node)));
    },
  };
}

/** Certificates are kilobytes. */
const caBytes = 1024 * 1024;

async function throughS3<Result>(
  { lab, secrets }: DoorParts,
  name: string,
  target: S3Target,
  work: (place: TargetPlace) => Promise<Result>,
): Promise<Result> {
  const { username, password } = new URL(target.endpoint);
  if (username !== '' || password !== '') throw keysInEndpoint(name);
  const ca =
    target.caFile === undefined
      ? undefined
      : certificatesIn(name, target.caFile, await lab.readBytes(target.caFile, caBytes));
  const client = createS3Client({ target, keys: await keysOf(secrets, name, target), ca });
  try {
    return await work(createS3Place(name, target, client));
  } finally {
    client.destroy();
  }
}

/** Both keys as text, which is what the client takes; the bytes that were unsealed are wiped. */
async function keysOf(
  secrets: SecretStore,
  name: string,
  { accessKey, secretKey }: Pick<S3Target, 'accessKey' | 'secretKey'>,
): Promise<S3Keys> {
  return {
    accessKeyId: await keyOf(secrets, name, accessKey),
    secretAccessKey: await keyOf(secrets, name, secretKey),
  };
}

/** One line of visible characters, without the line break that an editor or `echo` left. */
async function keyOf(secrets: SecretStore, name: string, secret: string): Promise<string> {
  const bytes = await secrets.open(secret);
  try {
    const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
    if (/^[!-~]{1,512}$/.test(text)) return text;
  } finally {
    bytes.fill(0);
  }
  throw targetRefused(name, {
    why: `the sealed secret ${secret} is no key: it is empty, or has blanks or line breaks in it`,
    next: `Seal it again: sifaka secrets seal ${secret} --replace`,
  });
}

function certificatesIn(name: string, file: string, bytes: Uint8Array): string[] {
  const found = new TextDecoder()
    .decode(bytes)
    .match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g);
  if (found) return found;
  throw new Problem('LAB_FILE_INVALID', {
    what: `${file}, the caFile of the backup target ${name}, has no certificate in PEM form.`,
    state: 'Nothing was asked.',
    next: 'Put the certificate of the CA there, from -----BEGIN CERTIFICATE----- on.',
    where: { file },
  });
}

function keysInEndpoint(name: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `The endpoint of the backup target ${name} has a user or a password in it.`,
    state: 'Nothing was asked.',
    next: 'Take it out: keys are sealed secrets, named by accessKey and secretKey.',
  });
}

function notAbsolute(name: string, path: string): Problem {
  return new Problem('LAB_FILE_INVALID', {
    what: `The path of the backup target ${name} does not begin at the root: ${path}.`,
    state: 'Nothing was asked.',
    next: 'Write the whole path into the cluster file, as in /mnt/nas/backups.',
  });
}

/** What a way answered, or the problem that stopped it. Only bugs and CANCELLED are thrown. */
export async function orProblem<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly value: Result } | { readonly problem: Problem }> {
  try {
    return { value: await work() };
  } catch (error) {
    const problem = asProblem(error);
    if (problem === undefined || problem.code === 'CANCELLED') throw error;
    return { problem };
  }
}
