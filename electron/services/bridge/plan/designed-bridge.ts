import type { NodeFile } from '../../../../shared/schemas/bridge.ts';

/** What files of a node say of its bridge, as far as it can be read from them without running anything. */
export interface DesignedBridge {
  /** false: no file names the bridge at all. */
  readonly named: boolean;
  readonly addresses: readonly string[];
  readonly mtu?: number;
  /** Missing when nothing is said, and then it is off: that is the kernel's default, and Proxmox'. */
  readonly stp?: boolean;
  readonly forwardDelay?: number;
  /** Each MTU that is given to a port, with the file that does. */
  readonly portMtus: readonly { readonly port: string; readonly mtu: number; readonly path: string }[];
}

interface Statement {
  readonly path: string;
  readonly words: readonly string[];
}

/**
 * Reads interfaces(5) stanzas with ifupdown2's bridge options, systemd.netdev(5), systemd.link(5) and systemd.network(5)
 * files, and in any text the lines `ip link …` and `thunderbridge make|enlist …` of a hook, a unit or a script. Where two
 * files disagree on STP it is off, and of two MTUs of the bridge the smaller counts: whoever comes last wins on a node.
 */
export function designedBridge(
  files: readonly NodeFile[],
  bridge: string,
  ports: readonly string[],
): DesignedBridge {
  const statements = files.flatMap(statementsOf);
  const stanzas = files.filter(({ path }) => path.startsWith('/etc/network/')).flatMap(optionsOf);
  const units = files.flatMap(unitSettings);
  const ofBridge = stanzas.filter(({ subject }) => subject === bridge);
  const made = commandWords(statements, 'make').filter(({ words }) => words[0] === bridge);
  const stp = [
    ...ofBridge.filter(({ key }) => key === 'bridge-stp').map(({ value }) => isOn(value)),
    ...units
      .filter(({ subject, key }) => subject.includes(bridge) && key === 'STP')
      .map(({ value }) => isOn(value)),
    ...made.flatMap(({ words }) => (words[2] === undefined ? [] : [isOn(words[2])])),
    ...linkWords(statements, bridge, 'stp_state').map(({ value }) => isOn(value)),
  ];
  const mtus = [
    ...ofBridge.filter(({ key }) => key === 'mtu').map(({ value }) => Number(value)),
    ...units
      .filter(({ subject, key }) => subject.includes(bridge) && key === 'MTUBytes')
      .map(({ value }) => bytes(value)),
    ...made.map(({ words }) => Number(words[1])),
    ...linkWords(statements, bridge, 'mtu').map(({ value }) => Number(value)),
  ].filter(isMtu);
  const delay = ofBridge.find(({ key }) => key === 'bridge-fd')?.value ?? made[0]?.words[3];
  return {
    named:
      statements.some(({ words }) => words.includes(bridge)) ||
      units.some(({ subject }) => subject.includes(bridge)),
    addresses: ofBridge.filter(({ key }) => key === 'address').map(({ value }) => value),
    ...(mtus.length === 0 ? {} : { mtu: Math.min(...mtus) }),
    ...(stp.length === 0 ? {} : { stp: stp.every(Boolean) }),
    ...(delay !== undefined && /^\d{1,3}$/.test(delay) ? { forwardDelay: Number(delay) } : {}),
    portMtus: ports
      .flatMap((port) => [
        ...stanzas
          .filter(({ subject, key }) => subject === port && key === 'mtu')
          .map(({ value, path }) => ({ port, mtu: Number(value), path })),
        ...units
          .filter(({ subject, key }) => subject.includes(port) && key === 'MTUBytes')
          .map(({ value, path }) => ({ port, mtu: bytes(value), path })),
        ...commandWords(statements, 'enlist')
          .filter(({ words }) => words[0] === bridge && (words.includes(port) || words.includes('%i')))
          .map(({ words, path }) => ({ port, mtu: Number(words[1]), path })),
        ...linkWords(statements, port, 'mtu').map(({ value, path }) => ({ port, mtu: Number(value), path })),
      ])
      .filter(({ mtu }) => isMtu(mtu)),
  };
}

/** The words of each line that is no comment; a line that ends with a backslash goes on in the next. */
function statementsOf({ path, text }: NodeFile): Statement[] {
  if (text === undefined) return [];
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line))
    .map((line) => ({ path, words: line.split(/[\s=;&|"']+/).filter((word) => word !== '') }));
}

interface Setting {
  readonly path: string;
  readonly key: string;
  readonly value: string;
}

/** `iface NAME …` and the options below it; ifupdown2 takes `bridge_stp` for `bridge-stp`. */
function optionsOf(file: NodeFile): (Setting & { readonly subject: string })[] {
  let subject = '';
  return statementsOf(file).flatMap(({ path, words: [key = '', value = ''] }) => {
    if (
      ['iface', 'auto', 'vlan', 'source', 'source-directory', 'mapping'].includes(key) ||
      key.startsWith('allow-')
    ) {
      subject = key === 'iface' ? value : '';
      return [];
    }
    return subject === '' ? [] : [{ path, subject, key: key.replaceAll('_', '-'), value }];
  });
}

/** Settings of a .link, .network or .netdev file; its subjects are the names it is for or gives. */
function unitSettings({ path, text }: NodeFile): (Setting & { readonly subject: readonly string[] })[] {
  if (text === undefined || !/\.(?:link|network|netdev)$/.test(path)) return [];
  const settings = text.split('\n').flatMap((line) => {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
  const subject = settings
    .filter(({ key }) => key === 'Name' || key === 'OriginalName')
    .flatMap(({ value }) => value.split(/\s+/));
  return settings.map(({ key, value }) => ({ path, key, value, subject }));
}

/** What follows `make` or `enlist` in a line that runs a program of the design. */
function commandWords(statements: readonly Statement[], command: string): Statement[] {
  return statements.flatMap(({ path, words }) => {
    const at = words.findIndex((word, index) => word === command && words[index - 1]?.includes('/') === true);
    return at < 0 ? [] : [{ path, words: words.slice(at + 1) }];
  });
}

/** `ip link set|add … NAME … KEY VALUE`. */
function linkWords(statements: readonly Statement[], name: string, key: string): Setting[] {
  return statements.flatMap(({ path, words }) => {
    const at = words.indexOf('link');
    const [before, verb] = [words[at - 1] ?? '', words[at + 1] ?? ''];
    if (!/(?:^|\/)ip$/.test(before) || !['set', 'add'].includes(verb)) return [];
    const rest = words.slice(at + 2);
    const value = rest[rest.indexOf(key) + 1];
    return rest.includes(name) && rest.includes(key) && value !== undefined ? [{ path, key, value }] : [];
  });
}

function isOn(word: string): boolean {
  return ['on', 'yes', 'true', '1'].includes(word.toLowerCase());
}

/** systemd.link(5): bytes, with the suffixes K, M and G to the base of 1024. */
function bytes(value: string): number {
  const [, digits, suffix = ''] = /^(\d{1,9})([KMG]?)$/.exec(value) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * 1024 ** ['', 'K', 'M', 'G'].indexOf(suffix);
}

function isMtu(mtu: number): boolean {
  return Number.isInteger(mtu) && mtu > 0;
}
