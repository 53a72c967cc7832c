import { z } from 'zod';
import { hostLabelSchema } from '../../../../../shared/schemas/names.ts';
import type { FoundAddress } from '../../../../../shared/schemas/bridge-design.ts';
import { scriptValues, type ScriptValue } from './script-values.ts';
import { computed, shellTokens } from './shell-words.ts';

export interface ScriptAddresses {
  readonly found: readonly FoundAddress[];
  /** Lines whose address only running the script would tell. */
  readonly computedLines: readonly number[];
}

type Role = FoundAddress['role'];

const addressSchema = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** What deploy scripts call the two networks. */
const thunderboltWord = /^(tb|tbt|tbr|tbnet|thunder|thunderbolt|thunderbridge|bridge|br|ring|usb4)\d*$/;
const managementWord = /^(mgmt|mgt|management|manage|lan|wan|ssh|admin|public|mng)\d*$/;

/**
 * The addresses of nodes in a deploy script: in arrays with the node as key, lists side by side, variables with the
 * node's name in theirs, branches of `case` and `if`, and entries as in `baobab:192.168.22.71`. Pure; nothing is run.
 */
export function addressesInScript(script: string, knownNodes: readonly string[]): ScriptAddresses {
  const values = scriptValues(shellTokens(script));
  const found = new Map<string, FoundAddress>();
  const add = (node: string, role: Role, address: string, line: number) => {
    const key = `${node} ${role} ${address}`;
    if (hostLabelSchema.safeParse(node).success && !found.has(key))
      found.set(key, { node, role, address, line });
  };
  for (const { names, keys, value, line } of values) {
    if (isAddress(value)) {
      for (const { node, role } of nodesOf(names, keys, knownNodes)) add(node, role, value, line);
    }
    for (const entry of entriesIn(value)) add(entry.node, roleOf(names), entry.address, line);
  }
  for (const { node, role, address, line } of sideBySide(values)) add(node, role, address, line);
  const computedLines = values.flatMap(({ value, line }) => (looksComputed(value) ? [line] : []));
  return { found: [...found.values()], computedLines: [...new Set(computedLines)] };
}

function isAddress(text: string): boolean {
  return text.length < 64 && addressSchema.safeParse(text).success;
}

/** An address of which a part is computed: `10.99.0.$i`. */
function looksComputed(value: string): boolean {
  return value.includes(computed) && /^(\d{1,3}\.){2,3}|^[0-9a-f]{1,4}:/i.test(value);
}

/** The words of a name: `TB_IPS`, `tbIps`, `tb-ips`. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function roleOf(names: readonly string[]): Role {
  for (const name of names) {
    const words = wordsOf(name);
    if (words.some((word) => thunderboltWord.test(word))) return 'thunderbolt';
    if (words.some((word) => managementWord.test(word))) return 'management';
  }
  return 'unclear';
}

/** Which nodes a value is of: by its keys, else by a known node's name within the variable's. */
function nodesOf(
  names: readonly string[],
  keys: readonly string[],
  knownNodes: readonly string[],
): { node: string; role: Role }[] {
  // Whoever falls through to `*` is nobody in particular.
  const named = keys.filter((key) => key !== '*' && !key.includes(computed));
  const byKey = named.flatMap((key) => {
    const known = knownNodes.find((node) => node === key.toLowerCase());
    if (known !== undefined) return [{ node: known, role: roleOf(names) }];
    // `baobab,tb` and `baobab_tb` say both.
    const within = knownNodes.find((node) => restOf(key, node) !== undefined);
    if (within !== undefined) return [{ node: within, role: roleOf([restOf(key, within) ?? '', ...names]) }];
    return hostLabelSchema.safeParse(key).success && !/^\d+$/.test(key)
      ? [{ node: key, role: roleOf(names) }]
      : [];
  });
  if (byKey.length > 0) return byKey;
  for (const name of names.slice(0, 1)) {
    const node = knownNodes.find((known) => restOf(name, known) !== undefined);
    if (node !== undefined) return [{ node, role: roleOf([restOf(name, node) ?? '', ...names.slice(1)]) }];
  }
  return [];
}

/** What is left of a name without the node's: `TB_IP` of `BAOBAB_TB_IP`; `undefined` when the node is not in it. */
function restOf(name: string, node: string): string | undefined {
  const words = wordsOf(name).join('_');
  for (const form of [node.replaceAll('-', '_'), node.replaceAll('-', '')]) {
    const place = `_${words}_`.indexOf(`_${form}_`);
    if (place !== -1) return `${words.slice(0, place)}_${words.slice(place + form.length)}`;
  }
  return undefined;
}

/** `baobab:192.168.22.71`, `baobab=192.168.22.71` or `baobab,root@192.168.22.71`, one or several. */
function entriesIn(value: string): { node: string; address: string }[] {
  if (value.length > 10_000) return [];
  return value.split(/\s+/).flatMap((entry) => {
    const [, node, address] =
      /^([a-z0-9][a-z0-9-]{0,62})[:=,|](?:[a-z_][a-z0-9_-]*@)?([0-9a-f.:/]{2,50})$/i.exec(entry) ?? [];
    return node !== undefined && address !== undefined && !/^[0-9.]+$/.test(node) && isAddress(address)
      ? [{ node, address }]
      : [];
  });
}

/** Lists of the same length, one of nodes and the others of addresses: `NODES=(a b)` beside `TB_IPS=(10.0.0.1 10.0.0.2)`. */
function sideBySide(values: readonly ScriptValue[]): FoundAddress[] {
  const lists = new Map<string, ScriptValue[]>();
  for (const value of values) {
    if (value.index === undefined) continue;
    const name = value.names[0] ?? '';
    const list = lists.get(name);
    // A list that is assigned anew begins again.
    if (list === undefined || value.index === 0) lists.set(name, [value]);
    else list.push(value);
  }
  const all = [...lists.values()];
  const ofAddresses = all.filter((list) => list.every(({ value }) => isAddress(value)));
  const ofNodes = all.filter((list) =>
    list.every(({ value }) => hostLabelSchema.safeParse(value).success && !isAddress(value)),
  );
  return ofAddresses.flatMap((list) => {
    const beside = ofNodes.filter(({ length }) => length === list.length);
    // With two lists of names nobody can say which one is meant.
    if (beside.length !== 1) return [];
    return list.map(({ names, value, line }, index) => ({
      node: beside[0]?.[index]?.value ?? '',
      role: roleOf(names),
      address: value,
      line,
    }));
  });
}
