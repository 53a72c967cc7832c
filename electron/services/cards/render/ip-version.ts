/** Of an address or an address with prefix length that a schema has accepted. */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}
