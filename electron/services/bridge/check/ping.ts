import { z } from 'zod';
import { onOneLine } from '../../lab/plain-text.ts';

/** What one run of ping saw; times are milliseconds. */
export interface PingResult {
  readonly sent: number;
  readonly received: number;
  readonly latency?: { readonly min: number; readonly average: number; readonly max: number };
  /** The first thing it complained of, on one line: `ping: local error: message too long, mtu=1500`. */
  readonly said?: string;
}

/** An echo is 8 bytes of ICMP and the payload, behind 20 bytes of IPv4 (RFC 791) or 40 of IPv6 (RFC 8200). */
const headerBytes = { 4: 28, 6: 48 } as const;
/** ping's own default, which passes wherever anything does. */
const smallBytes = 56;

/**
 * `full`: frames that fill the MTU, never split (`-M do`, of iputils; busybox has no such option and says so). The
 * echo leaves through the bridge or not at all: without `-I` a node without one would ask its default gateway.
 */
export function pingCommand({
  bridge,
  address,
  mtu,
  size,
  count,
}: {
  readonly bridge: string;
  readonly address: string;
  readonly mtu: number;
  readonly size: 'full' | 'small';
  readonly count: number;
}): [string, ...string[]] {
  const version = address.includes(':') ? 6 : 4;
  const bytes = size === 'full' ? mtu - headerBytes[version] : smallBytes;
  return [
    'env',
    'LC_ALL=C',
    'ping',
    `-${version}`,
    '-n',
    '-c',
    String(count),
    // The shortest that every ping takes from an ordinary user.
    '-i',
    '0.2',
    // Seconds, of use only when nothing comes back: a busy node may be late.
    '-W',
    '2',
    ...(size === 'full' ? ['-M', 'do'] : []),
    '-s',
    String(bytes),
    '-I',
    bridge,
    address,
  ];
}

/**
 * `3 packets transmitted, 2 received, +1 errors, 33% packet loss, time 405ms` of iputils (ping_common.c, `finish`), and
 * `2 packets transmitted, 2 packets received, 0% packet loss` of busybox (networking/ping.c, `print_stats_and_exit`).
 */
const countsLine =
  /^(?<sent>\d{1,6}) packets transmitted, (?<received>\d{1,6}) (?:packets )?received\b[^\n]{0,200}$/m;
/** `rtt min/avg/max/mdev = 0.026/0.100/0.247/0.103 ms` (iputils), `round-trip min/avg/max = 0.022/0.031/0.041 ms` (busybox). */
const timesLine =
  /^(?:rtt|round-trip) min\/avg\/max(?:\/mdev)? = (?<min>\d{1,9}\.\d{1,6})\/(?<average>\d{1,9}\.\d{1,6})\/(?<max>\d{1,9}\.\d{1,6})\b[^\n]{0,80}$/m;

const milliseconds = z.coerce.number().nonnegative();
const countsSchema = z
  .object({ sent: z.coerce.number().int(), received: z.coerce.number().int() })
  // Duplicates are not counted by either, so more answers than questions are no output of ping.
  .refine(({ sent, received }) => received <= sent);
const timesSchema = z
  .object({ min: milliseconds, average: milliseconds, max: milliseconds })
  .refine(({ min, average, max }) => min <= average && average <= max);

/** `undefined` when what came is not what ping prints at its end. */
export function parsePing(stdout: string, stderr: string): PingResult | undefined {
  const counts = countsSchema.safeParse(countsLine.exec(stdout)?.groups).data;
  if (counts === undefined) return undefined;
  const times = timesSchema.safeParse(timesLine.exec(stdout)?.groups).data;
  const said = complaint(`${stderr}\n${stdout}`);
  return {
    ...counts,
    ...(times === undefined || counts.received === 0 ? {} : { latency: times }),
    ...(said === undefined ? {} : { said }),
  };
}

/** `ping: local error: …`, `From 10.99.0.1 icmp_seq=1 Destination Host Unreachable`. */
export function complaint(text: string): string | undefined {
  const line = text
    .slice(0, 65_536)
    .split('\n')
    .find((one) => /^(?:\/?(?:[\w.-]+\/)*(?:ping6?|env|sh)): |^From \S+:? icmp_seq=\d+ /.test(one));
  return line === undefined ? undefined : onOneLine(line, 160);
}
