import type { NodeFacts } from '../../../shared/contract/nodes.ts';
import { onOneLine } from '../lab/plain-text.ts';

/**
 * Asks a node who it is; answers fields, each ended by a NUL, which none of them can have. Runs in dash, bash and busybox,
 * changes nothing, and gives every command an empty stdin, since the script itself comes there.
 */
export const factsScript = `field() { "$@" </dev/null 2>/dev/null | head -c 8192; printf '\\0'; }
field id -un
field uname -n
field uname -sr
field cat /etc/os-release
field cat /proc/uptime
`;

/** `undefined` when what came is not an answer of that script. Whatever the node says becomes one harmless line each. */
export function parseFacts(output: Buffer): NodeFacts | undefined {
  const fields = output.toString('utf8').split('\0');
  if (fields.length !== 6 || fields[5] !== '') return undefined;
  const [user = '', hostname = '', kernel = '', release = '', uptime = ''] = fields;
  const seconds = Number(/^\d{1,12}(?:\.\d+)?/.exec(uptime)?.[0]);
  return {
    user: line(user, 80),
    hostname: line(hostname, 80),
    system: line(systemName(release), 120),
    kernel: line(kernel, 120),
    ...(Number.isFinite(seconds) ? { uptime: seconds } : {}),
  };
}

function line(text: string, limit: number): string {
  return onOneLine(text, limit) || 'unknown';
}

/** PRETTY_NAME of os-release(5), whose values are quoted as a shell does it; its default there is `Linux`. */
function systemName(release: string): string {
  const written = /^PRETTY_NAME=(.*)$/m.exec(release)?.[1]?.trim();
  if (written === undefined) return 'Linux';
  const single = /^'([^']*)'$/.exec(written)?.[1];
  if (single !== undefined) return single;
  return written.replace(/^"(.*)"$/, '$1').replaceAll(/\\([\\"$`])/g, '$1');
}
