export interface CrossTarget {
  /** Bun's name of the target. */
  readonly target: string;
  /** The npm package that holds its runtime. */
  readonly runtime: string;
  /** The file that is made. */
  readonly file: string;
}

/** The platforms that binaries are made for besides this machine's own. */
export const crossTargets: readonly CrossTarget[] = [
  { target: "bun-linux-x64", runtime: "@oven/bun-linux-x64", file: "weir-linux-x64" },
  { target: "bun-linux-arm64", runtime: "@oven/bun-linux-aarch64", file: "weir-linux-arm64" },
  {
    target: "bun-linux-x64-musl",
    runtime: "@oven/bun-linux-x64-musl",
    file: "weir-linux-x64-musl",
  },
  {
    target: "bun-linux-arm64-musl",
    runtime: "@oven/bun-linux-aarch64-musl",
    file: "weir-linux-arm64-musl",
  },
];
