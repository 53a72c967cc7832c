/** An interface's address without its prefix length, in one form: IPv6 can be written in many ways. */
export function plainAddress(address: string): string {
  const [ip = ''] = address.split('/');
  if (!ip.includes(':')) return ip;
  try {
    return new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  } catch {
    return ip.toLowerCase();
  }
}

/** With its prefix length, in one form. */
export function sameInterfaceAddress(one: string, other: string): boolean {
  return plainAddress(one) === plainAddress(other) && one.split('/')[1] === other.split('/')[1];
}
