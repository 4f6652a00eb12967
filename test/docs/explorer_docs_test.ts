import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { previewInit, servedApp } from "../support/server/served_app.ts";

const FOLDER = resolve(import.meta.dirname!, "..", "..", "docs");
const DOCS = readFileSync(resolve(FOLDER, "explorer.md"), "utf8");

test("the preview of the example answers as documented", async () => {
  const example = /<<'END'\n(.*?)\nEND\n(.*?)\n```/s.exec(DOCS);
  const app = await servedApp({ upstream: "a 1\n" });
  const answer = await app.request("/analyze/preview", previewInit(example?.[1]));
  equal(await answer.text(), example?.[2]);
});

test("the documented requests are answered", async () => {
  const app = await servedApp({ upstream: "a 1\n" });
  const rows = [...DOCS.matchAll(/^\| `(GET|POST) (\/[^ ]*)` /gm)];
  const statuses = await Promise.all(rows.map(async ([, method, path]) => {
    const url = path.replace("=N", "=1");
    const answer = await app.request(url, method === "POST" ? previewInit({}) : {});
    return answer.status;
  }));
  deepEqual(statuses, [200, 200, 200, 200, 200]);
});

test("the pictures are there", () => {
  const pictures = [...DOCS.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path);
  equal(pictures.length, 3);
  for (const path of pictures) equal(existsSync(resolve(FOLDER, path)), true, path);
});
