/** Put in by `scripts/build.ts`, from package.json; not there when the sources run as they are. */
declare const WEIR_VERSION: string | undefined;

/**
 * Weir's version: that of package.json in a built binary, `dev` otherwise. package.json is not read
 * at run time: a binary has none beside it, and would meet its neighbour's.
 */
export const version: string = typeof WEIR_VERSION === "undefined" ? "dev" : WEIR_VERSION;
