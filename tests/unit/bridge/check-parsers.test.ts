import { describe, expect, it } from 'vitest';
import { parseIperf } from '../../../electron/services/bridge/check/iperf.ts';
import { parsePing, pingCommand } from '../../../electron/services/bridge/check/ping.ts';

// Printed by iputils 20221126 (Debian 12) and BusyBox 1.35.
const iputils = `PING 10.99.0.2 (10.99.0.2) from 10.99.0.1 thunderbridge: 65492(65520) bytes of data.
65500 bytes from 10.99.0.2: icmp_seq=1 ttl=64 time=0.247 ms

--- 10.99.0.2 ping statistics ---
4 packets transmitted, 3 received, 25% packet loss, time 609ms
rtt min/avg/max/mdev = 0.026/0.100/0.247/0.103 ms
`;
const tooLong = `PING 10.99.0.2 (10.99.0.2) from 10.99.0.1 thunderbridge: 65492(65520) bytes of data.

--- 10.99.0.2 ping statistics ---
4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 606ms

`;
const busybox = `PING 10.99.0.2 (10.99.0.2): 56 data bytes
64 bytes from 10.99.0.2: seq=0 ttl=64 time=0.022 ms

--- 10.99.0.2 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = 0.022/0.031/0.041 ms
`;

describe('what ping prints', () => {
  it('is read as iputils and busybox print it', () => {
    expect(parsePing(iputils, '')).toEqual({
      sent: 4,
      received: 3,
      latency: { min: 0.026, average: 0.1, max: 0.247 },
    });
    expect(parsePing(busybox, '')).toEqual({
      sent: 2,
      received: 2,
      latency: { min: 0.022, average: 0.031, max: 0.041 },
    });
    expect(parsePing(tooLong, 'ping: local error: message too long, mtu=1500\n')).toEqual({
      sent: 4,
      received: 0,
      said: 'ping: local error: message too long, mtu=1500',
    });
    const unreachable = tooLong.replace(
      '\n\n---',
      '\nFrom 10.99.0.1 icmp_seq=1 Destination Host Unreachable\n\n---',
    );
    expect(parsePing(unreachable, '')?.said).toBe('From 10.99.0.1 icmp_seq=1 Destination Host Unreachable');
  });

  it.each([
    ['nothing', ''],
    ['an error', 'ping: unknown iface thunderbridge'],
    ['more answers than questions', '4 packets transmitted, 9 received, 0% packet loss, time 3ms'],
    ['a number without an end', `${'4'.repeat(400)} packets transmitted, 4 received, 0% packet loss`],
    ['words around it', 'I say: 4 packets transmitted, 4 received, 0% packet loss, time 3ms'],
  ])('that is %s is no answer', (_, output) => {
    expect(parsePing(output, '')).toBeUndefined();
  });

  it('gives no time that contradicts itself, and no escapes', () => {
    expect(parsePing(iputils.replace('0.026/0.100', '9.000/0.100'), '')?.latency).toBeUndefined();
    expect(parsePing(tooLong, 'ping: \u001b]0;owned\u0007 too long\u202e\n')?.said).toBe(
      'ping:  ]0;owned  too long',
    );
    const long = `ping: ${'x'.repeat(1_000_000)}`;
    expect(parsePing(tooLong, long)?.said?.length).toBeLessThanOrEqual(160);
  });

  it('is asked for with frames that fill the MTU, over the bridge only', () => {
    const full = {
      bridge: 'thunderbridge',
      address: '10.99.0.2',
      mtu: 65_520,
      size: 'full',
      count: 4,
    } as const;
    expect(pingCommand(full).join(' ')).toBe(
      'env LC_ALL=C ping -4 -n -c 4 -i 0.2 -W 2 -M do -s 65492 -I thunderbridge 10.99.0.2',
    );
    expect(pingCommand({ ...full, address: 'fd00::2' }).join(' ')).toContain(
      'ping -6 -n -c 4 -i 0.2 -W 2 -M do -s 65472 ',
    );
    expect(pingCommand({ ...full, size: 'small' }).join(' ')).toContain(' -W 2 -s 56 -I ');
  });
});

describe('what iperf3 -J prints', () => {
  // Shortened from iperf 3.12.
  const measured = {
    start: {},
    intervals: [],
    end: { sum_received: { bits_per_second: 6360751346.6476822 } },
  };
  it('is a rate or an error', () => {
    expect(parseIperf(JSON.stringify(measured))).toEqual({ kind: 'measured', bitsPerSecond: 6_360_751_347 });
    expect(parseIperf('{"end":{},"error":"unable to connect to server: Connection refused"}')).toEqual({
      kind: 'failed',
      said: 'unable to connect to server: Connection refused',
    });
  });

  it.each([
    ['', 'iperf3 did not answer in JSON.'],
    ['[]', 'iperf3 answered something else than it is known to.'],
    [
      '{"end":{"sum_received":{"bits_per_second":-1}}}',
      'iperf3 answered something else than it is known to.',
    ],
    ['{"end":{}}', 'iperf3 named no rate.'],
    ['{"error":"\\u001b[2Jx"}', '[2Jx'],
  ])('%j is no rate', (output, said) => {
    expect(parseIperf(output)).toEqual({ kind: 'failed', said });
  });
});
