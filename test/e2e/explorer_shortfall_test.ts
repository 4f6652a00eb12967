/** The banner of the explorer page, in Chromium: what the last scrapes lacked. */
import assert from "node:assert/strict";
import { startBrowser } from "../support/e2e/browser.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

peerTest(
  ["chromium"],
  "the page says what the last scrape lacked, until one is whole",
  async (t) => {
    let text: string | undefined;
    const upstream = await httpUpstream(t, (_request, response) => {
      if (text === undefined) return void response.writeHead(503).end();
      response.writeHead(200, { "content-type": TEXT_TYPE }).end(text);
    });
    let isOtherDown = false;
    const other = await httpUpstream(t, (_request, response) => {
      if (isOtherDown) return void response.writeHead(500).end();
      response.writeHead(200, { "content-type": TEXT_TYPE }).end("b 1\n");
    });
    const policies = dropPolicies(t, [{ metric_field: "name", equals: "c" }]);
    const limit = ["--max-output-bytes", "20", "--on-limit", "truncate"];
    const sidecar = await startWeir(t, ["-H", upstream, "--policies", policies, ...limit]);
    const gateway = await startWeir(t, ["-H", upstream, "-H", other]);
    const browser = await startBrowser(t);

    /** Scrapes, opens the page anew, and returns the state in its head and its banner. */
    const shown = async (url: string) => {
      await fetch(`${url}/metrics`);
      const page = await browser.newPage();
      const troubles: string[] = [];
      page.on("pageerror", (error) => troubles.push(error.message));
      await page.goto(url);
      const banner = page.getByRole("list", { name: "Problems" });
      await page.locator(".now[aria-busy=false]").waitFor();
      const lines = await banner.count() === 0
        ? []
        : await banner.getByRole("listitem").allInnerTexts();
      const state = await page.locator(".top .state").innerText();
      if (lines.length > 0) {
        const box = await banner.boundingBox();
        assert.ok(box !== null && box.height > 0 && box.y < 900, "the banner is seen");
      }
      assert.deepEqual(troubles, []);
      await page.close();
      return [state, lines.map((line) => line.replace(/\d\d:\d\d:\d\d/, "T"))] as const;
    };
    const last = "The scrape of /metrics at T UTC";

    text = "a 1\n";
    assert.deepEqual(await shown(sidecar.url), ["all is well", []]);
    assert.deepEqual(await shown(gateway.url), ["all is well", []]);

    text = "a 1\nb{ 2\n";
    assert.deepEqual(await shown(sidecar.url), [
      "1 problem",
      [`${last} passed 1 line unfiltered, as unreadable`],
    ]);

    text = "a 1\nb 2\nd 3\ne 4\nf 5\ng 6\n";
    assert.deepEqual(await shown(sidecar.url), [
      "1 problem",
      [`${last} was cut at the output limit`],
    ]);

    text = undefined;
    const [state, [line, ...more]] = await shown(sidecar.url);
    assert.deepEqual([state, more], ["1 problem", []]);
    assert.ok(line.startsWith(`${last} failed: `) && line.includes("503"), line);

    text = "a 1\n";
    isOtherDown = true;
    const [, [missing]] = await shown(gateway.url);
    const { host } = new URL(other);
    assert.ok(missing.startsWith(`${last} is without 1 target: ${host}`), missing);
    assert.ok(missing.includes("500"), missing);

    // All is well again with the next scrape.
    isOtherDown = false;
    await eventually("all is well with both", async () => {
      assert.deepEqual(await shown(sidecar.url), ["all is well", []]);
      assert.deepEqual(await shown(gateway.url), ["all is well", []]);
      return true;
    });
  },
  90_000,
);
