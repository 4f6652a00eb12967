/** The page with what alerts and dashboards read: what rules take of it, and what may go. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openExplorer, startBrowser } from "../support/e2e/browser.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";
import { usedBy } from "../support/usage/used.ts";

const SCRAPE = '# TYPE a_total counter\na_total{path="/x",code="200"} 1\n' +
  'a_total{path="/y",code="200"} 2\n# TYPE b gauge\nb 3\n# TYPE c gauge\nc 3\n';

peerTest(
  ["chromium"],
  "rules for what nothing reads, and rules that take what is read",
  async (t) => {
    const upstream = await servingUpstream(t, SCRAPE);
    const weir = await startWeir(t, ["-H", `${upstream}/metrics`]);
    const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
    const file = join(temporaryFolder(t), "used.json");
    const used = usedBy(["sum by (code) (a_total)", "b"]);
    writeFileSync(file, JSON.stringify(used));

    await page.getByText("What alerts and dashboards read").click();
    await page.getByLabel("What weir usage wrote, as a file").setInputFiles(file);
    await page.getByText("2 uses").waitFor();
    await page.getByRole("heading", { name: "Rules for what nothing reads" }).waitFor();
    const found = page.locator(".advice .what");
    await eventually("the advice is that of the uses", async () => {
      const texts = await found.allInnerTexts();
      assert.deepEqual(texts, [
        "labeldrop path, which no query needs",
        "drop c that nothing reads",
      ]);
      return true;
    });
    await page.getByRole("button", { name: "Try: labeldrop path, which no query needs" }).click();
    await page.locator('#after-series[data-after="3"]').waitFor();
    assert.equal(await page.getByText("read by alert").count(), 0);

    const editor = page.getByLabel("Relabel rules (YAML)");
    await editor.press("Control+End");
    await editor.pressSequentially("- {action: labeldrop, regex: code}\n");
    const lost =
      /line \d+: .*it takes the label code from a_total \(2 series\), read by alert A0 \(shop\)/;
    await page.getByText(lost).waitFor();

    await page.getByLabel("or its text").fill("{}");
    await page.getByText("found another document, wanted what weir usage writes").waitFor();
    await page.getByRole("heading", { name: "Rules to try, the safest first" }).waitFor();
    assert.deepEqual(troubles, []);
  },
  90_000,
);
