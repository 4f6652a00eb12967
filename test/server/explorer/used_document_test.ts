import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { sentDocument } from "../../../src/server/explorer/used_document.ts";
import { readUsedDocument } from "../../../src/usage/used_document.ts";
import { usedBy } from "../../support/usage/used.ts";

test("what is sent lacks expressions and most readers, and is such a document still", () => {
  const expressions = Array.from({ length: 7 }, (_, index) => `sum(a) > ${index}`);
  const used = usedBy([...expressions, "sum(b"]);
  const sent = sentDocument(JSON.stringify(used));
  deepEqual(readUsedDocument(JSON.parse(JSON.stringify(sent))), sent);
  const place = (index: number) => ({
    source: "rules.yaml",
    kind: "alert",
    name: `A${index}`,
    in: "shop",
  });
  deepEqual(sent.uses, [{
    matchers: [{ label: "__name__", op: "=", value: "a" }],
    needs: { kind: "only", labels: [] },
    where: [0, 1, 2, 3].map(place),
    more: 3,
  }]);
  deepEqual(sent.unread, used.unread);
});

test("what is none is said", () => {
  throws(() => sentDocument("{"), /this is no JSON/);
  for (const text of ["null", "[]", "{}", '{"version":2,"uses":[]}', '{"version":1}']) {
    throws(() => sentDocument(text), /another document/);
  }
});
