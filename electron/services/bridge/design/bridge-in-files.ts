import type { NodeFile } from '../../../../shared/schemas/bridge.ts';
import { linkNameSchema } from '../../../../shared/schemas/thunderbridge.ts';

/**
 * The bridge that files for ifupdown2 make: the one interface with `bridge-ports` (or `bridge_ports`) in its stanza.
 * `undefined` when there is none, or more than one.
 */
export function bridgeIn(files: readonly NodeFile[]): string | undefined {
  const found = new Set<string>();
  for (const { path, text } of files) {
    if (text === undefined || !path.startsWith('/etc/network/interfaces.d/')) continue;
    let stanza: string | undefined;
    for (const line of text.split('\n')) {
      const [word, name] = line.trim().split(/\s+/);
      if (word === 'iface') stanza = name;
      else if ((word === 'bridge-ports' || word === 'bridge_ports') && stanza !== undefined)
        found.add(stanza);
    }
  }
  const [name, ...others] = found;
  return name !== undefined && others.length === 0 && linkNameSchema.safeParse(name).success
    ? name
    : undefined;
}
