import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { NodeFile } from '../../../shared/schemas/bridge.ts';
import { bridgeNodeParts, bridgeWords } from '../../../electron/services/bridge/deploy/bridge-words.ts';
import { type NodeAnswer, parseNodeAnswer } from '../../../electron/services/node-deploy/node-answer.ts';
import {
  nodeCommand,
  type NodeRequest,
  readNodeProgram,
} from '../../../electron/services/node-deploy/node-program.ts';
import {
  type Payload,
  type PayloadFile,
  payloadText,
} from '../../../electron/services/node-deploy/node-payload.ts';
import type { ClusterNode } from '../../rig/cluster/node.ts';

export const program = await readNodeProgram(
  fileURLToPath(new URL('../../../resources', import.meta.url)),
  bridgeNodeParts,
);

const stanza = '/etc/network/interfaces.d/10-thunderbolt';
const rules = '/etc/udev/rules.d/90-thunderbolt.rules';
const script = '/usr/local/lib/bridge-test/thunderbridge';
const old = '/etc/sysctl.d/50-old.conf';

/** A bridge over both ports, and beside it what each action does: a file that comes, one in a new folder, one that goes. */
export function changeOf(address: string, extra: readonly PayloadFile[] = []): readonly PayloadFile[] {
  return [
    replace(stanza, text('# before\n'), text(stanzaFor(address))),
    create(rules, text('# ports\n')),
    create(script, text('#!/bin/sh\n', '0755')),
    { action: 'remove', path: old, before: file(old, text('# old\n', '0600')), after: undefined },
    ...extra,
  ];
}

/** What the node has before `changeOf`. */
export async function prepare(node: ClusterNode): Promise<void> {
  await node.ok(
    'sh',
    '-c',
    `printf '# before\\n' >${stanza} && chmod 0640 ${stanza} && chown root:adm ${stanza}`,
  );
  await node.ok('sh', '-c', `printf '# old\\n' >${old} && chmod 0600 ${old}`);
  await node.ok('touch', '-d', '2024-02-03 04:05:06.789', stanza, old);
}

export function create(path: string, after: Content): PayloadFile {
  return { action: 'create', path, before: undefined, after: file(path, after) };
}

export function replace(path: string, before: Content, after: Content): PayloadFile {
  return { action: 'replace', path, before: file(path, before), after: file(path, after) };
}

interface Content {
  readonly text: string;
  readonly mode: string;
}

export function text(content: string, mode = '0644'): Content {
  return { text: content, mode };
}

function file(path: string, { text: content, mode }: Content): NodeFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, owner: 'root', group: 'root', mode, size: content.length, sha256, text: content };
}

function stanzaFor(address: string): string {
  return [
    'auto thunderbridge',
    'iface thunderbridge inet static',
    `\taddress ${address}`,
    '\tbridge-ports thunderbolt0 thunderbolt1',
    '\tbridge-stp on',
    '\tbridge-fd 2',
    '\tmtu 65520',
    '',
  ].join('\n');
}

export function arm(
  node: ClusterNode,
  deploy: string,
  files: readonly PayloadFile[],
  { windowSeconds = 120, who = 'maurice@desk' } = {},
): Promise<NodeAnswer> {
  const payload: Payload = {
    program,
    who,
    design: 'attempt1',
    sourceDigest: 'ab'.repeat(32),
    links: ['thunderbridge', 'thunderbolt0', 'thunderbolt1'],
    files,
  };
  return ask(node, ['arm', deploy, String(windowSeconds)], payloadText(payload));
}

export async function ask(node: ClusterNode, request: NodeRequest, input = ''): Promise<NodeAnswer> {
  const { argv } = nodeCommand(program, request);
  const { stdout, stderr } = await node.exec(argv, { input });
  return parseNodeAnswer({ node: node.name, words: bridgeWords }, Buffer.from(stdout), stderr);
}

/**
 * Everything that a deploy may touch: each file below the allowed roots and of the program's own, with inode, owner, mode,
 * times and content; and the links with what makes them what they are.
 */
export async function stateOf(node: ClusterNode): Promise<string> {
  const files = await node.ok(
    'sh',
    '-c',
    `cd / && find etc/network etc/systemd/network etc/systemd/system etc/udev/rules.d etc/modules-load.d etc/sysctl.d usr/local/sbin usr/local/lib -printf '%p %y %i %U:%G %m %n %s %T@ %l\\n' | grep -v '^[^ ]* d ' | sort; find etc usr/local -type d -printf '%p %U:%G %m\\n' | sort`,
  );
  const links = await node.ok(
    'sh',
    '-c',
    `for l in $(ls /sys/class/net); do echo "$l $(cat /sys/class/net/$l/mtu) $(cat /sys/class/net/$l/flags) $(readlink /sys/class/net/$l/master | sed 's,.*/,,') $(cat /sys/class/net/$l/bridge/stp_state 2>/dev/null) $(cat /sys/class/net/$l/bridge/forward_delay 2>/dev/null)"; ip -o address show dev "$l" | grep -v fe80 | cut -d' ' -f2- | tr -s ' '; done`,
  );
  const units = await node.ok(
    'sh',
    '-c',
    `ls -A /var/lib/sifaka/bridge 2>/dev/null | grep -v -e '^last-rollback$' -e '^deployed$' || :`,
  );
  return `${files}\n${links}\n${units}`;
}

/** Where the programs lie that `replaceCommands` put something else in the place of. */
export const replacedFolder = '/usr/lib/replaced';

/** Puts a script in the place of each of these programs; answers what puts them back. */
export async function replaceCommands(
  node: ClusterNode,
  names: string,
  instead: (name: string) => string,
): Promise<() => Promise<void>> {
  const path = 'PATH=/usr/sbin:/usr/bin';
  for (const name of names.split(' ')) {
    const place = (await node.ok('busybox', 'sh', '-c', `${path} command -v ${name}`)).trim();
    const kept = `${replacedFolder}/.${name}`;
    await node.ok(
      'busybox',
      'sh',
      '-c',
      `busybox mkdir -p ${replacedFolder}; real=$(busybox readlink -f ${place}); if [ ! -L ${place} ]; then real=${kept}; fi
busybox mv ${place} ${kept} && busybox ln -s "$real" ${replacedFolder}/${name} && printf %s "$1" >${place} && busybox chmod 755 ${place}`,
      'sh',
      instead(name),
    );
  }
  return async () => {
    const back = `${path}; for c in ${names}; do busybox mv -f ${replacedFolder}/.$c $(command -v $c); done; busybox rm -rf ${replacedFolder}`;
    await node.ok('busybox', 'sh', '-c', back);
  };
}
