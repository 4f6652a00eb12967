/** Which names labels may have: Prometheus's `name_validation_scheme`. */
export type NameScheme = "utf8" | "legacy";

const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * A legacy name with `$1`, `$name`, `${1}` and `${name}` anywhere in it. Accepts what Prometheus's
 * `relabelTargetLegacy` accepts, `^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$`, but gives each letter
 * one way to match: the nested repetitions of the original take exponential time in a backtracker.
 */
const LEGACY_TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\w|\{\w+\}))(?:\w|\$(?:\w|\{\w+\}))*$/;

/** Whether `name` may be a label's name: `ValidationScheme.IsValidLabelName` of Prometheus. */
export function isValidLabelName(name: string, scheme: NameScheme): boolean {
  return scheme === "legacy" ? LEGACY_NAME.test(name) : name !== "" && name.isWellFormed();
}

/**
 * Whether `template` may expand to a label's name. In UTF-8 names `$`, `{` and `}` are letters like
 * any other, so that every template is valid but the empty one.
 */
export function isValidNameTemplate(template: string, scheme: NameScheme): boolean {
  return scheme === "legacy" ? LEGACY_TEMPLATE.test(template) : isValidLabelName(template, scheme);
}

/**
 * Orders names as Go does, by the bytes of their UTF-8. Returns a negative number, 0 or a positive
 * one. JavaScript's `<` compares UTF-16 and puts U+10000 and above before U+E000 to U+FFFF.
 */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return byteRank(a) - byteRank(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates above all other code units. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
