import { completable } from "./completable.ts";
import { bashCompletion } from "./completion_bash.ts";
import { fishCompletion } from "./completion_fish.ts";
import { zshCompletion } from "./completion_zsh.ts";

/** Returns the script that `weir completion SHELL` prints: it never starts Weir. */
export function completionScript(shell: string): string {
  switch (shell) {
    case "bash":
      return bashCompletion(completable());
    case "zsh":
      return zshCompletion(completable());
    default:
      return fishCompletion(completable());
  }
}
