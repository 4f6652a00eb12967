/** Put in by `scripts/build.ts`, from package.json; not there when the sources run as they are. */
declare const WEIR_VERSION: string | undefined;

/**
 * Weir's version: that of package.json in a built binary, `dev` otherwise. package.json is not read
 * at run time: a binary has none beside it, and would meet its neighbour's.
 */
export const version: string = typeof WEIR_VERSION === "undefined" ? "dev" : WEIR_VERSION;

declare const WEIR_REVISION: string | undefined;
declare const WEIR_BUILD_DATE: string | undefined;

/** The commit that a binary was built from, `-dirty` where files differed; `unknown` otherwise. */
export const revision: string = typeof WEIR_REVISION === "undefined" ? "unknown" : WEIR_REVISION;

/** When the sources were as they are (RFC 3339, UTC), so that they build the same file again. */
export const buildDate: string = typeof WEIR_BUILD_DATE === "undefined"
  ? "unknown"
  : WEIR_BUILD_DATE;
