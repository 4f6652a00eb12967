import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { cpuProfile, heapSnapshot, heapStatistics } from "../../src/runtime/profiles.ts";

const never = new AbortController().signal;

test("a CPU profile tells of what was busy, and a second one can be taken", async () => {
  for (let round = 0; round < 2; round++) {
    const taking = cpuProfile(0.3, never);
    // Waits for the profiler, and holds the process up then.
    setTimeout(busyForAWhile, 50);
    const profile = JSON.parse(await taking);
    equal(profile.nodes[0].callFrame.functionName, "(root)");
    ok(profile.nodes.length > 1 && profile.samples.length > 0);
    equal(profile.samples.length, profile.timeDeltas.length);
  }
});

test("a CPU profile ends where nobody waits for it", async () => {
  const leaving = new AbortController();
  const taking = cpuProfile(3600, leaving.signal);
  setTimeout(() => leaving.abort(), 20);
  ok(JSON.parse(await taking).nodes.length > 0);
});

test("sizes of the heap and of the process", () => {
  const sizes = heapStatistics() as Record<string, Record<string, number>>;
  ok(sizes.process.rss >= sizes.process.heapUsed && sizes.process.heapUsed > 0);
  ok(sizes.heap.used_heap_size > 0);
});

test("a heap snapshot is one document", async () => {
  const snapshot = await new Response(heapSnapshot()).json();
  ok(Array.isArray(snapshot.nodes) && snapshot.nodes.length > 100);
  ok(Array.isArray(snapshot.snapshot.meta.node_fields));
});

function busyForAWhile(): number {
  let sum = 0;
  for (let count = 0; count < 5e7; count++) sum += Math.sqrt(sum + count);
  return sum;
}
