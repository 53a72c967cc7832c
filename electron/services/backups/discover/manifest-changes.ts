import type { Manifest, ManifestChanges } from '../../../../shared/schemas/backup-manifest.ts';
import { keyOf } from './seen-guests.ts';

type Seen = Pick<Manifest, 'nodes' | 'guests' | 'archives'>;

/** What is new since the manifest before. What could not be looked at is in both, and so is not gone. */
export function changesSince(before: Manifest | undefined, now: Seen): ManifestChanges {
  const earlier = new Map((before?.guests ?? []).map((guest) => [keyOf(guest), guest]));
  const guests = new Map(now.guests.map((guest) => [keyOf(guest), guest]));
  const earlierArchives = new Set((before?.archives ?? []).map(({ id }) => id));
  const archives = new Set(now.archives.map(({ id }) => id));
  return {
    ...(before === undefined ? {} : { since: before.at }),
    guestsAdded: now.guests.filter((guest) => !earlier.has(keyOf(guest))).map(addressOf),
    guestsGone: [...earlier].filter(([key]) => !guests.has(key)).map(([, guest]) => addressOf(guest)),
    guestsMoved: now.guests.flatMap((guest) => {
      const from = earlier.get(keyOf(guest))?.node;
      if (from === undefined || from === guest.node) return [];
      return [{ guest: addressOf(guest), from, to: guest.node }];
    }),
    archivesAdded: [...archives].filter((id) => !earlierArchives.has(id)).length,
    archivesGone: [...earlierArchives].filter((id) => !archives.has(id)),
    nodesSilent: now.nodes.filter(({ state }) => state === 'silent').map(({ node }) => node),
  };
}

/** What the logbook says of it: guests and nodes; archives come and go every night. `undefined`: nothing. */
export function changesInWords(
  before: Manifest | undefined,
  now: Seen,
  changes: ManifestChanges,
): readonly string[] | undefined {
  const { guestsAdded, guestsGone, guestsMoved } = changes;
  const states = now.nodes.flatMap(({ node, state }) => {
    const was = before?.nodes.find((earlier) => earlier.node === node)?.state;
    return was === state || (before === undefined && state === 'answered')
      ? []
      : [`${node} ${inWords[state]}`];
  });
  const lost = (before?.nodes ?? [])
    .filter(({ node }) => !now.nodes.some((other) => other.node === node))
    .map(({ node }) => `${node} is not in the cluster file any more`);
  const words = [
    ...(guestsAdded.length === 0 ? [] : [`New guests: ${listed(guestsAdded)}`]),
    ...(guestsGone.length === 0 ? [] : [`Guests gone: ${listed(guestsGone)}`]),
    ...guestsMoved.slice(0, 100).map(({ guest, from }) => `${guest} was on ${from}`),
    ...states,
    ...lost,
  ];
  return words.length === 0 ? undefined : words;
}

const inWords = {
  answered: 'answers',
  silent: 'is silent: what is there now is not known',
  'not-proxmox': 'has no Proxmox',
} as const;

function addressOf({ node, vmid }: Manifest['guests'][number]): string {
  return `${node}/${vmid}`;
}

function listed(guests: readonly string[]): string {
  const most = 100;
  return `${guests.slice(0, most).join(', ')}${guests.length > most ? ` and ${guests.length - most} more` : ''}`;
}
