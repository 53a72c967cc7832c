import { Problem } from '../../../../shared/problem.ts';
import type { UserEntry } from '../../../../shared/schemas/inventory.ts';
import {
  accountFile,
  accountPaths,
  asBytes,
  isPlainPath,
  readAccountTable,
  requireAccountTable,
  rowOf,
  withMember,
  type AccountTable,
} from './account-files.ts';
import { textFile, type DesiredEntry, type RenderInput } from './desired-entry.ts';
import { badSecret, secretLine } from './secret-text.ts';

/** What a shadow entry holds where no password opens it. `*` and not `!`: sshd without PAM refuses keys for `!`. */
const noPassword = '*';

const daysSinceEpoch = (time: Date): number => Math.floor(time.getTime() / 86_400_000);

interface Tables {
  readonly passwd: AccountTable;
  readonly shadow: AccountTable;
  readonly group: AccountTable;
  readonly gshadow: AccountTable | undefined;
}

/** The users of class and node; a node's user replaces the class's of the same name. */
export function usersOf(input: Pick<RenderInput, 'node' | 'nodeClass'>): UserEntry[] {
  const byName = new Map([...input.nodeClass.users, ...input.node.users].map((user) => [user.name, user]));
  return [...byName.values()];
}

/**
 * Adds or updates users in the image's own account files. A user that the image has keeps its home and primary group;
 * its uid must be the one in the inventory, because its files carry it.
 */
export function renderUsers(input: RenderInput): DesiredEntry[] {
  const users = usersOf(input);
  if (users.length === 0) return [];
  const tables: Tables = {
    passwd: requireAccountTable(input, accountPaths.passwd),
    shadow: requireAccountTable(input, accountPaths.shadow),
    group: requireAccountTable(input, accountPaths.group),
    gshadow: readAccountTable(input, accountPaths.gshadow),
  };
  const own = users.flatMap((user) => {
    const account = mergeUser(input, tables, user);
    for (const group of user.groups) joinGroup(tables, group, user.name);
    return userFiles(input, user, account);
  });
  const names = users.map((user) => user.name).join(', ');
  return [
    accountFile(input, accountPaths.passwd, tables.passwd, `Users: ${names}.`, false),
    accountFile(input, accountPaths.shadow, tables.shadow, `Password hashes of ${names}, or none.`, true),
    accountFile(input, accountPaths.group, tables.group, `Groups of ${names}.`, false),
    ...(tables.gshadow === undefined
      ? []
      : [accountFile(input, accountPaths.gshadow, tables.gshadow, `Groups of ${names}.`, true)]),
    ...own,
  ];
}

interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function mergeUser(input: RenderInput, tables: Tables, user: UserEntry): Account {
  const existing = rowOf(tables.passwd, user.name);
  const holder = tables.passwd.rows.find((row) => row.length >= 7 && row[2] === String(user.uid));
  if (holder !== undefined && holder[0] !== user.name) {
    throw conflict(
      input,
      `The uid ${user.uid} of ${user.name} belongs to ${printable(holder[0])} in the golden image.`,
    );
  }
  if (existing !== undefined && existing[2] !== String(user.uid)) {
    throw conflict(
      input,
      `${user.name} has the uid ${printable(existing[2])} in the golden image and ${user.uid} in the inventory.`,
    );
  }
  setPassword(input, tables.shadow, user);
  const home = existing?.[5] ?? `/home/${user.name}`;
  const gid = existing?.[3] ?? ownGroup(input, tables, user);
  if (!/^\d{1,9}$/.test(gid)) {
    throw conflict(input, `The primary group of ${user.name} in the golden image has no number.`);
  }
  const row = [
    user.name,
    'x',
    String(user.uid),
    gid,
    asBytes(user.gecos),
    asBytes(home),
    asBytes(user.shell),
  ];
  if (user.shell.includes(':')) throw conflict(input, `The shell of ${user.name} has a colon in its path.`);
  if (existing === undefined) tables.passwd.rows.push(row);
  else tables.passwd.rows[tables.passwd.rows.indexOf(existing)] = row;
  return { uid: user.uid, gid: Number(gid), home: requireHome(input, user, home) };
}

/** A group of the user's own name and number, as adduser(8) makes it. */
function ownGroup(input: RenderInput, tables: Tables, user: UserEntry): string {
  const existing = rowOf(tables.group, user.name);
  if (existing !== undefined) return existing[2] ?? '';
  const gid = String(user.uid);
  const holder = tables.group.rows.find((row) => row.length >= 4 && row[2] === gid);
  if (holder !== undefined) {
    throw conflict(
      input,
      `The gid ${gid} for ${user.name} belongs to the group ${printable(holder[0])} in the golden image.`,
    );
  }
  addGroup(tables, user.name, gid);
  return gid;
}

function joinGroup(tables: Tables, group: string, member: string): void {
  if (rowOf(tables.group, group) === undefined) addGroup(tables, group, freeSystemGid(tables.group));
  for (const table of [tables.group, tables.gshadow]) {
    const row = table && rowOf(table, group);
    if (row) row[3] = withMember(row[3], member);
  }
}

function addGroup(tables: Tables, name: string, gid: string): void {
  tables.group.rows.push([name, 'x', gid, '']);
  if (tables.gshadow && rowOf(tables.gshadow, name) === undefined)
    tables.gshadow.rows.push([name, '!', '', '']);
}

/** The highest free number for system groups, counted down as groupadd(8) --system does. */
function freeSystemGid(group: AccountTable): string {
  const taken = new Set(group.rows.map((row) => row[2]));
  for (let gid = 999; gid >= 100; gid -= 1) {
    if (!taken.has(String(gid))) return String(gid);
  }
  throw new Problem('INJECTION_CONFLICT', {
    what: 'The golden image has no free group number between 100 and 999.',
    state: 'Nothing was written.',
    next: 'Create the groups in the golden image.',
  });
}

function setPassword(input: RenderInput, shadow: AccountTable, user: UserEntry): void {
  const hash =
    user.passwordHashSecret === undefined ? noPassword : passwordHash(input, user.passwordHashSecret);
  const changed = String(daysSinceEpoch(input.clock));
  const existing = rowOf(shadow, user.name);
  if (existing === undefined) {
    shadow.rows.push([user.name, hash, changed, '0', '99999', '7', '', '', '']);
  } else {
    existing[1] = hash;
    existing[2] = changed;
  }
}

/** crypt(5): `$id$…`. A colon or a blank would make another field or line of it, and a plain password is refused. */
function passwordHash(input: RenderInput, name: string): string {
  const line = secretLine(input, name);
  const hash = Buffer.from(line.buffer, line.byteOffset, line.byteLength - 1).toString('latin1');
  line.fill(0);
  if (!/^\$[a-z0-9]{1,16}\$[A-Za-z0-9./$=,+-]{8,512}$/.test(hash)) {
    throw badSecret(name, 'is not a password hash as crypt(5) makes it, as in $y$… or $6$…');
  }
  return hash;
}

function userFiles(input: RenderInput, user: UserEntry, account: Account): DesiredEntry[] {
  const owner = { uid: account.uid, gid: account.gid };
  const entries: DesiredEntry[] = [];
  if (!input.imageEntries.has(account.home)) {
    entries.push({
      kind: 'directory',
      path: account.home,
      mode: 0o750,
      ...owner,
      reason: `The home folder of ${user.name}.`,
    });
  }
  if (user.authorizedKeys.length > 0) {
    entries.push(
      {
        kind: 'directory',
        path: `${account.home}/.ssh`,
        mode: 0o700,
        ...owner,
        reason: `Where sshd looks for the keys of ${user.name}.`,
      },
      textFile(
        `${account.home}/.ssh/authorized_keys`,
        user.authorizedKeys,
        `Public keys that may log in as ${user.name}: ${user.authorizedKeys.length}.`,
        { mode: 0o600, ...owner },
      ),
    );
  }
  if (user.sudo) {
    entries.push(
      textFile(
        `/etc/sudoers.d/90-sifaka-${user.name}`,
        [`${user.name} ALL=(ALL:ALL) NOPASSWD:ALL`],
        `${user.name} may use sudo without a password.`,
        { mode: 0o440 },
      ),
    );
  }
  return entries;
}

/** The home comes from the image's passwd, which is not trusted to be a path. */
function requireHome(input: RenderInput, user: UserEntry, home: string): string {
  if (isPlainPath(home)) return home;
  throw conflict(input, `The home of ${user.name} in the golden image is not a plain path.`);
}

function conflict(input: RenderInput, what: string): Problem {
  return new Problem('INJECTION_CONFLICT', {
    what,
    state: 'Nothing was written.',
    next: `Correct the users of ${input.nodeName} or of class ${input.node.class}, or the golden image.`,
  });
}

/** Text of an image, made fit for a sentence. */
function printable(text: string | undefined): string {
  return (text ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 40);
}
