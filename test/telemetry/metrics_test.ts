import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricsRegistry } from "../../src/telemetry/metrics.ts";

test("metrics render in the order of declaration, in both formats", () => {
  const registry = new MetricsRegistry();
  const jobs = registry.counter("jobs_total", "Jobs.", ["queue"]);
  const depth = registry.gauge("depth", "Depth.");
  registry.callback("gauge", "age_seconds", "Age.", () => 1.5);
  jobs.with("a").inc();
  jobs.with("b").inc(2.5);
  depth.with().set(4);
  depth.with().inc();
  depth.with().dec(3);
  assert.equal(
    registry.render("text"),
    `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 1
jobs_total{queue="b"} 2.5
# HELP depth Depth.
# TYPE depth gauge
depth 2
# HELP age_seconds Age.
# TYPE age_seconds gauge
age_seconds 1.5
`,
  );
  assert.equal(
    registry.render("openmetrics"),
    `# HELP jobs Jobs.
# TYPE jobs counter
jobs_total{queue="a"} 1
jobs_total{queue="b"} 2.5
# HELP depth Depth.
# TYPE depth gauge
depth 2
# HELP age_seconds Age.
# TYPE age_seconds gauge
# UNIT age_seconds seconds
age_seconds 1.5
# EOF
`,
  );
});

test("a histogram counts an observation on a bound into that bound's bucket, cumulatively", () => {
  const registry = new MetricsRegistry();
  const sizes = registry.histogram("size_bytes", "Sizes.", ["kind"], [1, 10]);
  for (const size of [0.5, 1, 10, 11]) sizes.with("x").observe(size);
  assert.equal(
    registry.render("text"),
    `# HELP size_bytes Sizes.
# TYPE size_bytes histogram
size_bytes_bucket{kind="x",le="1"} 2
size_bytes_bucket{kind="x",le="10"} 3
size_bytes_bucket{kind="x",le="+Inf"} 4
size_bytes_sum{kind="x"} 22.5
size_bytes_count{kind="x"} 4
`,
  );
  const openMetrics = registry.render("openmetrics");
  assert.ok(openMetrics.includes('size_bytes_bucket{kind="x",le="1.0"} 2\n'), openMetrics);
  assert.ok(openMetrics.includes("# UNIT size_bytes bytes\n"), openMetrics);
});

test("a metric without children and a callback without a value are left out", () => {
  const registry = new MetricsRegistry();
  registry.counter("a_total", "A.", ["x"]);
  registry.gauge("b", "B.");
  registry.histogram("c", "C.", [], [1]);
  registry.callback("counter", "d_total", "D.", () => undefined);
  assert.equal(registry.render("text"), "");
});

test("children beyond the bound share one that reads weir_overflow", () => {
  const registry = new MetricsRegistry();
  const hits = registry.counter("hits_total", "Hits.", ["path", "code"], { maxChildren: 2 });
  for (const path of ["/a", "/b", "/c", "/d", "/a"]) hits.with(path, "200").inc();
  assert.equal(hits.size, 3);
  assert.equal(
    registry.render("text"),
    `# HELP hits_total Hits.
# TYPE hits_total counter
hits_total{path="/a",code="200"} 2
hits_total{path="/b",code="200"} 1
hits_total{path="weir_overflow",code="weir_overflow"} 2
`,
  );
});

test("10,000 children are kept apart unless told otherwise", () => {
  const hits = new MetricsRegistry().counter("hits_total", "Hits.", ["path"]);
  for (let i = 0; i < 10_050; i++) hits.with(String(i)).inc();
  assert.equal(hits.size, 10_001);
  assert.equal(hits.with("one more").value, 50);
});

test("removed children make room for others; retain spares the overflow child", () => {
  const hits = new MetricsRegistry().counter("hits_total", "H.", ["a", "b"], { maxChildren: 2 });
  hits.with("1", "x").inc(5);
  hits.with("2", "x").inc();
  hits.with("3", "x").inc();
  assert.equal(hits.remove("1", "x"), true);
  assert.equal(hits.remove("1", "x"), false);
  assert.equal(hits.with("1", "x").value, 0);
  hits.retain((a) => a === "2");
  assert.deepEqual([...hits.children()].map(([labels, child]) => [labels, child.value]), [
    [[["a", "2"], ["b", "x"]], 1],
    [[["a", "weir_overflow"], ["b", "weir_overflow"]], 1],
  ]);
});

test("label values that look alike when joined stay apart", () => {
  const hits = new MetricsRegistry().counter("hits_total", "H.", ["a", "b"]);
  hits.with('x","y', "z").inc();
  hits.with("x", 'y","z').inc();
  assert.equal(hits.size, 2);
});

test("a counter refuses to fall", () => {
  const counter = new MetricsRegistry().counter("a_total", "A.").with();
  assert.throws(() => counter.inc(-1), new RangeError("a counter cannot grow by -1"));
  assert.throws(() => counter.inc(NaN), new RangeError("a counter cannot grow by NaN"));
});

test("a name can be declared once", () => {
  const registry = new MetricsRegistry();
  registry.gauge("a", "A.");
  assert.throws(
    () => registry.counter("a", "A."),
    new Error("metric a is declared twice"),
  );
});

test("children are told apart by all of their values, wherever one ends and the next begins", () => {
  const registry = new MetricsRegistry();
  const counter = registry.counter("c_total", "C.", ["a", "b"]);
  const values: readonly [string, string][] = [
    ["", ""],
    ["", "1:a"],
    ["1:a", ""],
    ["a", "b"],
    ["ab", ""],
    ["a1:b", ""],
    ["a", "1:b"],
    ["0:", "a"],
    ["a,b", "c"],
    ["a", "b,c"],
    ['a"', ',"b'],
  ];
  values.forEach((each, n) => counter.with(...each).inc(n + 1));
  assert.equal(counter.size, values.length);
  assert.deepEqual(values.map((each) => counter.with(...each).value), values.map((_, n) => n + 1));
});
