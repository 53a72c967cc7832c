import { z } from 'zod';
import { onOneLine } from '../../lab/plain-text.ts';

/** Seconds of one measurement. */
const seconds = 3;
/** A server that nobody connects to is ended by the node itself after so long, even when the way to it is lost. */
const longestServerSeconds = 12;

/** One connection, on the bridge's address only, and then it ends. `timeout` of coreutils stays in the process group. */
export function iperfServer(address: string, port: number): [string, ...string[]] {
  const bound = ['timeout', '--foreground', '--kill-after=2', String(longestServerSeconds)] as const;
  return [...bound, 'iperf3', '-s', '-1', '-B', address, '-p', String(port)];
}

export function iperfClient(address: string, port: number): [string, ...string[]] {
  const bound = ['timeout', '--foreground', '--kill-after=2', String(longestServerSeconds)] as const;
  const toServer = ['-c', address, '-p', String(port)];
  return [...bound, 'iperf3', ...toServer, '-t', String(seconds), '-J', '--connect-timeout', '2000'];
}

/** Of `iperf3 -J`, as iperf 3.12 prints it (iperf_api.c, `iperf_json_finish`): a number of its end, or an error. */
const outputSchema = z.object({
  error: z.string().optional(),
  end: z
    .object({ sum_received: z.object({ bits_per_second: z.number().nonnegative().max(1e15) }).optional() })
    .optional(),
});

export type IperfResult =
  | { readonly kind: 'measured'; readonly bitsPerSecond: number }
  | { readonly kind: 'failed'; readonly said: string };

export function parseIperf(stdout: string): IperfResult {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    return failed('iperf3 did not answer in JSON.');
  }
  const output = outputSchema.safeParse(value).data;
  if (output === undefined) return failed('iperf3 answered something else than it is known to.');
  if (output.error !== undefined) return failed(output.error);
  const measured = output.end?.sum_received?.bits_per_second;
  if (measured === undefined) return failed('iperf3 named no rate.');
  return { kind: 'measured', bitsPerSecond: Math.round(measured) };
}

function failed(said: string): IperfResult {
  return { kind: 'failed', said: onOneLine(said, 160) };
}
