/** True for the names and addresses of this machine, an IPv6 one with or without brackets. */
export function isLoopback(hostname: string): boolean {
  return hostname === "[::1]" || hostname === "::1" || /^127(\.\d+){3}$/.test(hostname) ||
    hostname === "localhost" || hostname.endsWith(".localhost");
}
