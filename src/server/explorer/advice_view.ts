import { bytesText } from "../../analyze/figure_text.ts";
import type { CardinalityReport, Recommendation, Safety } from "../../analyze/report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import type { DraftUsage } from "../draft_used.ts";
import { button, element, fill } from "./dom.ts";
import { changeText, seriesFigure } from "./figures.ts";
import { foreignText } from "./foreign_text.ts";

const SHOWN = 4;

/** How each kind is spoken of, and whether it is worth a second look. */
const KINDS: Readonly<Record<Safety, string>> = {
  unused: "safe",
  exact: "safe",
  buckets: "careful",
  gone: "careful",
  wrong: "risky",
};

/** Rules that would make the scrape smaller, what breaks nothing first, each to be tried. */
export class AdviceView {
  readonly element: HTMLElement = element("section", { class: "advice" });
  readonly #add: (rule: RuleText) => void;
  #report: CardinalityReport | undefined;
  #usage: DraftUsage | undefined;

  constructor(add: (rule: RuleText) => void) {
    this.#add = add;
  }

  show(report: CardinalityReport): void {
    this.#report = report;
    this.#draw();
  }

  /** Rules for what nothing reads take the place of the others, which know nothing of that. */
  showUnread(usage: DraftUsage | undefined): void {
    if (usage === undefined && this.#usage === undefined) return;
    this.#usage = usage;
    this.#draw();
  }

  #draw(): void {
    const { hints = [], recommendations: untold = [] } = this.#report ?? {};
    const { recommendations = untold, unread = 0 } = this.#usage ?? {};
    const doubt = unread === 0 ? "" : `; ${unread} expressions could not be read`;
    const [title, note, none] = this.#usage === undefined
      ? [
        "Rules to try, the safest first",
        "Each alone, on the scrape as it comes",
        "None would save one in a hundred",
      ]
      : [
        "Rules for what nothing reads",
        `Each alone, on the scrape as it comes, what saves most first${doubt}`,
        "Everything is read",
      ];
    const list = element("ul", {}, recommendations.slice(0, SHOWN).map((one) => this.#item(one)));
    const more = button(`Show all ${recommendations.length}`, () => {
      const first = list.childElementCount;
      list.append(...recommendations.slice(SHOWN).map((one) => this.#item(one)));
      more.remove();
      list.children[first].querySelector("button")?.focus();
    }, { class: "quiet" });
    fill(
      this.element,
      element("h3", {}, title),
      element("p", { class: "note" }, note),
      recommendations.length === 0 ? element("p", {}, none) : list,
      recommendations.length > SHOWN ? more : null,
      hints.length === 0 ? null : element("h3", {}, "What the application itself could do"),
      hints.length === 0 ? null : element(
        "ul",
        { class: "hints" },
        hints.slice(0, SHOWN).map(({ summary }) => element("li", {}, foreignText(summary, 160))),
      ),
    );
  }

  #item(one: Recommendation): HTMLElement {
    const { summary, rule, safety, costs, before, after, warnings } = one;
    // The figures behind it stand below, in columns.
    const what = summary.slice(0, summary.lastIndexOf(": "));
    return element(
      "li",
      {},
      element("div", { class: "what" }, foreignText(what, 100)),
      element(
        "p",
        { class: "figures" },
        `${seriesFigure(after.series, after.estimated)} series `,
        element("span", { class: "less" }, changeText(before.series, after.series)),
        ` · ${bytesText(after.bytes)} `,
        element("span", { class: "less" }, changeText(before.bytes, after.bytes)),
      ),
      element(
        "p",
        { class: "costs" },
        costs.map((cost) => element("span", { class: `tag ${KINDS[safety]}` }, cost)),
        warnings.length === 0 ? null : element(
          "details",
          {},
          element("summary", {}, "why"),
          element(
            "ul",
            {},
            warnings.map((warning) => element("li", {}, foreignText(warning, 160))),
          ),
        ),
      ),
      button("Try it", () => this.#add(rule), { class: "small", "aria-label": `Try: ${what}` }),
    );
  }
}
