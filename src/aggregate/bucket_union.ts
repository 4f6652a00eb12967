/*
 * What histograms of different bounds come to, written once: TypeScript and AssemblyScript both
 * compile this file, so it knows numbers only. A member counts at a bound what its largest bucket up
 * to there says; the union is the sum of that over the members, at each bound that any of them has.
 *
 * It is summed up from below, by what each member's bucket counts more than the member's one before
 * it. Where all members have the bound, the plain sum of their buckets is the same, and exact for
 * fractions too.
 */

/**
 * What the union counts at a bound. `below`: at the bound before; `increment`: what its buckets count
 * more than their members' ones before; `value`: their plain sum, over `members` of `all`.
 */
export function unionAt(
  below: number,
  increment: number,
  value: number,
  members: number,
  all: number,
): number {
  const at = members === all ? value : below + increment;
  return at > below ? at : below;
}

/**
 * What the union counts in all: `top` at its last bound, or what the members' `_count` come to, which
 * is more where some have no `+Inf`; one that has no `_count` says it by `+Inf`.
 */
export function unionCount(top: number, count: number): number {
  return count > top ? count : top;
}
