import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { RouteStatus, ScrapeStatus } from "../status_facts.ts";
import { type Child, element } from "./dom.ts";
import { type Column, sortableTable } from "./sortable_table.ts";
import { savedText, scrapeWord } from "./status_text.ts";

/** An endpoint: a route's own, or one of its subsets'. */
interface Endpoint {
  readonly path: string;
  /** Undefined: it is a subset. */
  readonly route: RouteStatus | undefined;
  readonly rules: number;
  readonly lastScrape: ScrapeStatus | undefined;
}

/** Each endpoint with its last scrape; nothing where there is only one. */
export function routesView(routes: readonly RouteStatus[]): Child {
  const rows = routes.flatMap((route): Endpoint[] => [
    { path: route.path, route, rules: route.rules, lastScrape: route.lastScrape },
    ...route.subsets.map(({ path, rules, lastScrape }) => ({
      path,
      route: undefined,
      rules,
      lastScrape,
    })),
  ]);
  if (rows.length < 2) return null;
  return element(
    "section",
    { class: "routes", "aria-labelledby": "routes-title" },
    element("h3", { id: "routes-title" }, "Each endpoint, by its last scrape"),
    sortableTable({ caption: "Endpoints", columns: COLUMNS, rows, shown: rows.length }),
  );
}

const COLUMNS: readonly Column<Endpoint>[] = [
  {
    key: "path",
    title: "Path",
    cell: ({ path, route }) => [
      element("code", {}, path),
      route === undefined ? [" ", element("span", { class: "tag" }, "subset")] : null,
    ],
  },
  {
    key: "upstream",
    title: "Upstream",
    isExtra: true,
    cell: ({ route }) => {
      if (route === undefined) return "the scrape above";
      const { upstreams: [first, ...more] } = route;
      const rest = more.length === 0 ? null : ` and ${countText(more.length)} more`;
      return [element("code", {}, first.url), rest];
    },
  },
  { key: "rules", title: "Rules", isNumber: true, cell: ({ rules }) => countText(rules) },
  {
    key: "samples",
    title: "Samples",
    isNumber: true,
    cell: ({ lastScrape }) => sizes(lastScrape, ({ samples }) => countText(samples)),
  },
  {
    key: "bytes",
    title: "Bytes",
    isNumber: true,
    isExtra: true,
    cell: ({ lastScrape }) => sizes(lastScrape, ({ bytes }) => bytesText(bytes)),
  },
  {
    key: "saved",
    title: "Saved",
    isNumber: true,
    cell: ({ lastScrape }) =>
      lastScrape?.saved === undefined ? "–" : savedText(lastScrape.saved.bytes),
  },
  {
    key: "last",
    title: "Last scrape",
    cell: ({ lastScrape }) => {
      const [tone, word] = scrapeWord(lastScrape);
      return [
        element("span", { class: `word ${tone}` }, word),
        lastScrape === undefined
          ? null
          : [" ", element("time", { "data-since": lastScrape.endedAt })],
      ];
    },
  },
  {
    key: "targets",
    title: "Targets",
    isNumber: true,
    cell: ({ route }) => {
      if (route === undefined) return "–";
      const { targets } = route;
      if (targets === undefined) return "1";
      const { up, down } = targets;
      return down === 0
        ? countText(up)
        : element("span", { class: "bad" }, `${countText(down)} of ${countText(up + down)} down`);
    },
  },
];

function sizes(
  scrape: ScrapeStatus | undefined,
  figure: (size: ScrapeStatus["input"]) => string,
): Child {
  return scrape === undefined || scrape.outcome === "failed"
    ? "–"
    : `${figure(scrape.input)} → ${figure(scrape.output)}`;
}
