import { spawnSync } from "node:child_process";

export interface Extra {
  /** The command that writes it to standard output. */
  readonly command: readonly string[];
  /** The file of the release. */
  readonly file: string;
  /** Where the Debian package has it; compressed where that ends in `.gz`. */
  readonly path: string;
}

/** What the binary itself writes for those who install it. */
export const extras: readonly Extra[] = [
  { command: ["man"], file: "weir.1", path: "usr/share/man/man1/weir.1.gz" },
  {
    command: ["completion", "bash"],
    file: "weir.bash",
    path: "usr/share/bash-completion/completions/weir",
  },
  {
    command: ["completion", "zsh"],
    file: "_weir",
    path: "usr/share/zsh/vendor-completions/_weir",
  },
  {
    command: ["completion", "fish"],
    file: "weir.fish",
    path: "usr/share/fish/vendor_completions.d/weir.fish",
  },
  { command: ["schema"], file: "weir.schema.json", path: "usr/share/weir/weir.schema.json" },
];

/** The text of each that this binary has the command for. */
export function writtenBy(binary: string): (Extra & { readonly text: string })[] {
  return extras.flatMap((extra) => {
    const { status, stdout } = spawnSync(binary, extra.command, { encoding: "utf8" });
    return status === 0 && stdout !== "" ? [{ ...extra, text: stdout }] : [];
  });
}
