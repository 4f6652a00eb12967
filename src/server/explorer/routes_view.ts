import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { RouteStatus, ScrapeStatus } from "../status_facts.ts";
import { type Child, element } from "./dom.ts";
import { breakable, foreignText } from "./foreign_text.ts";
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
  const hasTargets = routes.some(({ targets }) => targets !== undefined);
  const columns = COLUMNS.filter(({ key }) => hasTargets || key !== "targets");
  return element(
    "section",
    { class: "routes" },
    element("h3", {}, "Each endpoint, by its last scrape"),
    sortableTable({ caption: "Endpoints", columns, rows, shown: rows.length }),
  );
}

const COLUMNS: readonly Column<Endpoint>[] = [
  {
    key: "path",
    title: "Path",
    cell: ({ path, route }) => [
      element("code", {}, breakable(path)),
      route === undefined ? [" ", element("span", { class: "tag" }, "subset")] : null,
    ],
  },
  {
    key: "upstream",
    title: "Upstream",
    isExtra: true,
    cell: ({ route }) => {
      if (route === undefined) return "–";
      const { upstreams: [first, ...more] } = route;
      const rest = more.length === 0 ? null : ` and ${countText(more.length)} more`;
      return [element("code", {}, foreignText(first.url, 48)), rest];
    },
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
    key: "samples",
    title: "Samples",
    isNumber: true,
    cell: ({ lastScrape }) => sizes(lastScrape, ({ samples }) => countText(samples)),
  },
  {
    key: "saved",
    title: "Saved",
    isNumber: true,
    cell: ({ lastScrape }) =>
      lastScrape?.saved === undefined ? "–" : savedText(lastScrape.saved.bytes),
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
  {
    key: "rules",
    title: "Rules",
    isNumber: true,
    isExtra: true,
    cell: ({ rules }) => countText(rules),
  },
  {
    key: "bytes",
    title: "Bytes",
    isNumber: true,
    isExtra: true,
    cell: ({ lastScrape }) => sizes(lastScrape, ({ bytes }) => bytesText(bytes)),
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
