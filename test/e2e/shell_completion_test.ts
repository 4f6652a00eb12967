/** The scripts of `weir completion`, in the shells that they are for. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { isInstalled, type Peer, peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

/** What is typed before the tab, and all that completes its last word. */
const LINES: readonly [typed: string, offered: readonly string[]][] = [
  ["weir f", ["filter"]],
  ["weir ch", ["check"]],
  ["weir w", ["weir.yaml"]],
  ["weir -p 80 fi", ["filter"]],
  ["weir --port=80 fi", ["filter"]],
  ["weir completion ", ["bash", "fish", "zsh"]],
  ["weir help ch", ["check"]],
  ["weir man --", ["--help", "--version"]],
  ["weir test --", ["--help", "--json", "--version"]],
  ["weir version --verb", ["--verbose"]],
  ["weir filter --on", ["--on-limit", "--on-unreadable"]],
  ["weir filter --on-limit ", ["fail", "truncate"]],
  ["weir filter --on-limit t", ["truncate"]],
  ["weir filter --log.level d", ["debug"]],
  ["weir --web.", ["--web.config.file", "--web.listen-address", "--web.telemetry-path"]],
  ["weir weir.yaml --log-f", ["--log-format"]],
  ["weir filter s", ["scrape.prom", "subfolder/"]],
  ["weir filter --policies w", ["weir.yaml"]],
  ["weir check --config w", ["weir.yaml"]],
  ["weir filter --web.", []],
  ["weir --port ", []],
];

interface Shell {
  readonly peers: readonly Peer[];
  readonly complete: (script: string, typed: string) => [command: string, ...args: string[]];
}

const BASH = `source "$1"; read -ra COMP_WORDS <<<"$2"; [[ $2 == *" " ]] && COMP_WORDS+=("")
# As readline parts words at an equals sign.
parted=(); for word in "\${COMP_WORDS[@]}"; do
  if [[ $word == *=* ]]; then parted+=("\${word%%=*}" "=" "\${word#*=}"); else parted+=("$word"); fi
done
COMP_WORDS=("\${parted[@]}"); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_weir
for reply in "\${COMPREPLY[@]}"; do [[ -d $reply ]] && reply+=/; printf '%s\\n' "$reply"; done`;

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    peers: ["bash"],
    complete: (script, typed) => ["bash", "-c", BASH, "bash", script, typed],
  },
  zsh: {
    peers: ["zsh"],
    complete: (script, typed) => [
      "zsh",
      "-f",
      resolve(import.meta.dirname!, "..", "support", "e2e", "complete.zsh"),
      script,
      typed,
    ],
  },
  fish: {
    peers: ["fish"],
    complete: (
      script,
      typed,
    ) => ["fish", "--no-config", "-c", `source ${script}; complete -C'${typed}'`],
  },
};

for (const [name, { peers, complete }] of Object.entries(SHELLS)) {
  peerTest(["bash", ...peers], `${name} completes`, async (t) => {
    const script = await scriptFor(t, name);
    for (const [typed, offered] of LINES) {
      const run = await runProgram("bash", [
        "-c",
        'cd "$1"; shift; exec "$@"',
        "bash",
        join(script, ".."),
        ...complete(script, typed),
      ]);
      assert.equal(run.stderr, "", typed);
      const replies = run.stdout.toString().split("\n").filter((line) => line !== "");
      // fish tells what each is good for, zsh leaves the slash to whoever lists.
      const found = replies.map((line) => line.split("\t")[0].replace(/^subfolder$/, "subfolder/"));
      assert.deepEqual([...new Set(found)].sort(), offered, typed);
    }
  }, 120_000);
}

test("the scripts that are not run here are valid where the shell can tell", async (t) => {
  for (const name of Object.keys(SHELLS).filter(isInstalled)) {
    const run = await runProgram(name, ["-n", await scriptFor(t, name)]);
    assert.deepEqual([run.exitCode, run.stderr], [0, ""], name);
  }
});

/** The script of a shell, in a folder with a few files. */
async function scriptFor(t: TestContext, shell: string): Promise<string> {
  const run = await runWeir(["completion", shell]);
  assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
  const folder = temporaryFolder(t);
  for (const file of ["weir.yaml", "scrape.prom"]) writeFileSync(join(folder, file), "");
  mkdirSync(join(folder, "subfolder"));
  const path = join(folder, `completion.${shell}`);
  writeFileSync(path, run.stdout);
  return path;
}
