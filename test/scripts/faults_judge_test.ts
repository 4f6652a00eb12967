/** What judges the scrapes of the fault suite: it must not take half an answer for a whole one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type InForce, type Judge, judgeOf, POLICIES, RULES } from "../../scripts/faults/judge.ts";
import type { Mode } from "../../scripts/faults/right_answer.ts";

const TEXT = `# HELP drop_a A.
# TYPE drop_a gauge
drop_a{path="/0"} 1
# HELP b B.
# TYPE b gauge
b{path="/0",c="d"} 1
b{path="/1",c="d"} 2
`;

const FILTERED = `# HELP b B.
# TYPE b gauge
b{path="/0",c="d"} 1
b{path="/1",c="d"} 2
`;

const SUMMED = `# HELP drop_a A.
# TYPE drop_a gauge
drop_a 1
# HELP b B.
# TYPE b gauge
b{c="d"} 3
`;

const MERGED = `shop_requests_total{code="200"} TOTAL
shop_requests_total{code="500"} 0
shop_seconds_bucket{le="+Inf"} 0
shop_seconds_bucket{le="0.5"} 0
shop_seconds_count 0
shop_seconds_sum 0
shop_items{shelf="0"} 2000
steady_serial{steady="a"} A
steady_serial{steady="b"} 9
weir_target_up{target="1"} UP
weir_target_up{target="2"} 1
weir_target_up{target="3"} 1
`;

function merged(total: number, a: number, up: 0 | 1, gauges = ""): string {
  return MERGED.replace("TOTAL", String(total)).replace("A", String(a)).replace("UP", String(up)) +
    gauges;
}

function judge(mode: Mode): Judge {
  const inForce: InForce = { dropped: [POLICIES], labels: [RULES] };
  return judgeOf(mode, inForce);
}

const BODIES: Readonly<Record<string, readonly [Mode, body: string, found: string | undefined]>> = {
  "sidecar: all of it": ["sidecar", FILTERED, "complete"],
  "sidecar: without the last line": ["sidecar", FILTERED.slice(0, -21), undefined],
  "sidecar: without the last digit": ["sidecar", FILTERED.slice(0, -2), undefined],
  "sidecar: nothing": ["sidecar", "", undefined],
  "sidecar: unfiltered": ["sidecar", TEXT, undefined],
  "aggregating: all of it": ["aggregating", SUMMED, "complete"],
  "aggregating: half a sum": ["aggregating", SUMMED.replace("3", "1"), undefined],
  "aggregating: a family is missing": ["aggregating", SUMMED.slice(0, 49), undefined],
  "gateway: a target is missing in silence": ["gateway", merged(0, 5, 1), undefined],
  "gateway: a target is missing, and is down": ["gateway", merged(0, 5, 0), "said"],
  "gateway: something of a target that is down": [
    "gateway",
    merged(0, 5, 0, 'b{c="d"} 1\n'),
    undefined,
  ],
};

for (const [name, [mode, body, found]] of Object.entries(BODIES)) {
  test(name, () => assert.equal(judge(mode).judge(body, [TEXT]), found));
}

test("gateway: a total has to rise by what the steady targets counted", () => {
  const gateway = judge("gateway");
  assert.equal(gateway.judge(merged(0, 5, 0), [TEXT]), "said");
  assert.equal(gateway.judge(merged(2, 7, 0), [TEXT]), "said");
  assert.equal(gateway.judge(merged(2, 8, 0), [TEXT]), undefined);
  assert.equal(gateway.judge(merged(90, 8, 0), [TEXT]), undefined);
});
