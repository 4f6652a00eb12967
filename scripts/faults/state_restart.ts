import { dirname } from "node:path";
import type { Instance } from "./instance.ts";
import type { GatewayJudge } from "./judge.ts";
import type { Tally } from "./outcome.ts";
import type { Rig } from "./rig.ts";

/** Starts a gateway with the state of one that ended: its totals have to go on where they were. */
export async function goOn(rig: Rig, { files, judge }: Instance, tally: Tally): Promise<void> {
  const kept = (judge as GatewayJudge).total;
  try {
    const next = await rig.launch({ stateFolder: dirname(files.state), kept });
    await next.weir.kill();
  } catch (error) {
    tally.add("silent", `after a restart: ${(error as Error).message}`);
  }
}
