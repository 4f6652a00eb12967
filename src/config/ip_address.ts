/**
 * Returns the address, or a URL's host, with IPv4 that is mapped into IPv6 (RFC 4291, 2.5.5.2) as the
 * IPv4 that it is: `::ffff:10.0.0.7` and `[::ffff:a00:7]` are `10.0.0.7`.
 */
export function unmapped(host: string): string {
  const mapped = MAPPED.exec(host)?.[1];
  if (mapped === undefined) return host;
  if (mapped.includes(".")) return mapped;
  const [high, low] = mapped.split(":").map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

export function isIpv4(address: string): boolean {
  return /^\d+(\.\d+){3}$/.test(address);
}

const MAPPED = /^\[?(?:0{0,4}:){2,5}ffff:(\d+(?:\.\d+){3}|[\da-f]{1,4}:[\da-f]{1,4})\]?$/i;
