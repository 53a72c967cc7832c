import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { cancelled, Problem } from '../../../shared/problem.ts';
import type { CardChange, CardPlan, Target } from '../../../shared/schemas/card.ts';
import type { Inventory } from '../../../shared/schemas/inventory.ts';
import type { CardImage, ImageFacts, Injection } from '../../imaging/card-image.ts';
import { openCardImage } from '../../imaging/open-card-image.ts';
import type { CachedImage } from '../images/image-cache.ts';
import type { CardRequest, CardServiceParts } from './card-service.ts';
import { chooseNode, type ChosenNode } from './choose-node.ts';
import {
  observedPaths,
  partitionNumber,
  readImageEntries,
  readReplaced,
  requireK3sBinary,
  requirePartitions,
} from './image-contents.ts';
import type { ImageEntry } from './render/desired-entry.ts';
import { hooksOf } from './render/hooks.ts';
import { renderCard, type PlacedEntry } from './render/render-card.ts';
import { usersOf } from './render/users.ts';

/** All that a plan is made from: plain data, without the content of anything secret. */
export interface CardFacts {
  readonly chosen: ChosenNode;
  readonly image: CardPlan['image'];
  /** The golden image as it is: its size and the ranges in use. */
  readonly contents: ImageFacts;
  readonly target: Target;
  readonly changes: readonly CardChange[];
  readonly observed: ImageObservations;
  readonly clock: Date;
}

/** What the review should mention about a golden image. */
export interface ImageObservations {
  /** true: each node made from the image would have the same /etc/machine-id. */
  readonly sharedMachineId: boolean;
  /** Paths of SSH host keys in the image. */
  readonly hostKeys: readonly string[];
}

/** Facts, and the content that belongs to them. */
export interface GatheredCard {
  readonly facts: CardFacts;
  readonly cached: CachedImage;
  readonly injections: readonly Injection[];
  /** The golden image with the changes over it, open; whoever gathered it releases it. */
  readonly card: CardImage;
  /** Overwrites what was secret in the injections. */
  readonly wipe: () => void;
  /** Wipes, and closes the card. */
  readonly release: () => void;
}

/** A hook is a configuration file or a small program; larger things belong into the golden image. */
const hookLimit = 16 << 20;

/**
 * Gathers everything about one request. Reads the lab, the golden image (putting it into the cache when it is not
 * there), the secrets and the target; writes nothing but the cache.
 */
export async function gatherCard(
  parts: Pick<CardServiceParts, 'lab' | 'images' | 'secrets' | 'targets'>,
  request: CardRequest,
  options: { clock: Date; signal?: AbortSignal | undefined },
): Promise<GatheredCard> {
  const inventory = await parts.lab.inventory();
  const chosen = chooseNode(inventory.value, request.node);
  const cached = await cachedImage(parts, chosen, options.signal);
  const target = await parts.targets.inspect(request.target, cached.size);
  await refuseGoldenImage(inventory.value, target);
  const card = await openCardImage(cached.path);
  const secretContents: Uint8Array[] = [];
  const wipe = (): void => {
    for (const content of secretContents) content.fill(0);
  };
  const release = (): void => {
    wipe();
    card.close();
  };
  try {
    requirePartitions(chosen.imageName, chosen.image, card.partitions);
    await requireK3sBinary(card, chosen);
    const contents = { size: card.size, partitions: card.partitions, mapped: await card.mapped() };
    const imageEntries = await readImageEntries(card, chosen);
    const hooks = await readHooks(parts, chosen);
    if (options.signal?.aborted) throw cancelled('Nothing was written.');
    const placed = await withSecrets(parts, chosen, (secrets) =>
      renderCard({ nodeName: chosen.name, ...chosen, imageEntries, secrets, hooks, clock: options.clock }),
    );
    for (const { entry } of placed) {
      if (entry.kind === 'file' && entry.secret) secretContents.push(entry.content);
    }
    const injections = placed.map((each) => injection(chosen, each));
    const changes = await describeChanges(parts, card, chosen, placed);
    // On this copy in memory, so that what has no room or no place in the image is said before anything is erased.
    const { clock, signal } = options;
    await card.inject(injections, signal === undefined ? { clock } : { clock, signal });
    return {
      cached,
      facts: {
        chosen,
        image: {
          name: chosen.imageName,
          fileSha256: chosen.image.sha256,
          rawSha256: cached.rawSha256,
          size: cached.size,
        },
        contents,
        target,
        changes,
        observed: observe(imageEntries),
        clock: options.clock,
      },
      injections,
      card,
      wipe,
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Images outside the lab are in no protected folder, and a raw one has just the size of a good target. */
async function refuseGoldenImage(inventory: Inventory, target: Target): Promise<void> {
  for (const [name, { file }] of Object.entries(inventory.images)) {
    if (!isAbsolute(file) || (await realpath(file).catch(() => file)) !== target.path) continue;
    throw new Problem('TARGET_UNSUPPORTED', {
      what: `${target.path} is the file of the golden image ${name}.`,
      state: 'Nothing was written.',
      next: 'Choose another target.',
    });
  }
}

/** The cached raw image; its file is only needed when it is not cached yet, so that this works offline. */
export async function cachedImage(
  parts: Pick<CardServiceParts, 'lab' | 'images'>,
  chosen: ChosenNode,
  signal: AbortSignal | undefined,
  onProgress?: (done: number, total: number) => void,
): Promise<CachedImage> {
  const found = await parts.images.find(chosen.image.sha256);
  if (found !== undefined) return found;
  const file = isAbsolute(chosen.image.file) ? chosen.image.file : await imageFile(parts, chosen);
  return parts.images.ensure(chosen.image, {
    file,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

async function imageFile(parts: Pick<CardServiceParts, 'lab'>, chosen: ChosenNode): Promise<string> {
  try {
    return await parts.lab.resolve(chosen.image.file);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'LAB_FILE_MISSING') throw error;
    throw new Problem(
      'IMAGE_FILE_MISSING',
      {
        what: `The golden image ${chosen.imageName} is not in the cache, and its file ${chosen.image.file} is not in the lab.`,
        state: 'Nothing was written.',
        next: 'Put the file there; once it is in the cache, cards can be made without it.',
      },
      { cause: error },
    );
  }
}

async function readHooks(
  parts: Pick<CardServiceParts, 'lab'>,
  chosen: ChosenNode,
): Promise<Map<string, Uint8Array>> {
  const hooks = new Map<string, Uint8Array>();
  for (const { source } of hooksOf(chosen)) {
    if (!hooks.has(source)) hooks.set(source, await parts.lab.readBytes(source, hookLimit));
  }
  return hooks;
}

/** Unseals what the node needs for as long as `use` runs; the buffers are overwritten afterwards. */
async function withSecrets<Result>(
  parts: Pick<CardServiceParts, 'secrets'>,
  { node, nodeClass }: ChosenNode,
  use: (secrets: ReadonlyMap<string, Uint8Array>) => Result,
): Promise<Result> {
  const names = [
    node.k3s?.tokenSecret,
    node.k3s?.nodePasswordSecret,
    ...node.sshHostKeys.map((key) => key.privateKeySecret),
    ...usersOf({ node, nodeClass }).map((user) => user.passwordHashSecret),
  ];
  const secrets = new Map<string, Uint8Array>();
  try {
    for (const name of names) {
      if (name !== undefined && !secrets.has(name)) secrets.set(name, await parts.secrets.open(name));
    }
    return use(secrets);
  } finally {
    for (const bytes of secrets.values()) bytes.fill(0);
  }
}

async function describeChanges(
  parts: Pick<CardServiceParts, 'secrets'>,
  card: CardImage,
  chosen: ChosenNode,
  placed: readonly PlacedEntry[],
): Promise<CardChange[]> {
  const replaces = await readReplaced(card, chosen.image, placed);
  return Promise.all(placed.map((each, index) => describeChange(parts, each, replaces[index] ?? false)));
}

async function describeChange(
  parts: Pick<CardServiceParts, 'secrets'>,
  { partition, path, entry }: PlacedEntry,
  replaces: boolean,
): Promise<CardChange> {
  const common = { partition, path, uid: entry.uid, gid: entry.gid, reason: entry.reason, replaces };
  if (entry.kind === 'directory') {
    return { ...common, kind: 'directory', mode: octal(entry.mode), size: 0, secret: false };
  }
  if (entry.kind === 'symlink') {
    const { linkTarget } = entry;
    const bytes = Buffer.from(linkTarget);
    const digest = plainDigest(bytes);
    return {
      ...common,
      kind: 'symlink',
      mode: '0777',
      size: bytes.length,
      digest,
      linkTarget,
      secret: false,
    };
  }
  const { content, secret } = entry;
  const digest = secret ? await parts.secrets.keyedDigest(content) : plainDigest(content);
  return { ...common, kind: 'file', mode: octal(entry.mode), size: content.length, digest, secret };
}

function injection(chosen: ChosenNode, { partition, path, entry }: PlacedEntry): Injection {
  const place = {
    partition: partitionNumber(chosen.image, partition),
    path,
    uid: entry.uid,
    gid: entry.gid,
  };
  if (entry.kind === 'file') return { ...place, kind: 'file', mode: entry.mode, content: entry.content };
  if (entry.kind === 'symlink') return { ...place, kind: 'symlink', linkTarget: entry.linkTarget };
  return { ...place, kind: 'directory', mode: entry.mode };
}

function observe(entries: ReadonlyMap<string, ImageEntry>): ImageObservations {
  const machineId = Buffer.from(entries.get(observedPaths.machineId)?.content ?? [])
    .toString('latin1')
    .trim();
  return {
    sharedMachineId: /^[0-9a-f]{32}$/.test(machineId),
    hostKeys: observedPaths.hostKeys.filter((path) => entries.has(path)),
  };
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`;
}

function plainDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
