import { bytesText } from "../../analyze/figure_text.ts";
import type { Recommendation } from "../../analyze/report.ts";
import type { CardinalityReport } from "../../analyze/report.ts";
import { button, element, fill } from "./dom.ts";
import { changeText, seriesFigure } from "./figures.ts";
import { foreignText } from "./foreign_text.ts";

const SHOWN = 4;

/** Rules that would make the scrape smaller, each to be put into the editor. */
export class AdviceView {
  readonly element: HTMLElement = element("section", { class: "advice" });
  readonly #add: (yaml: string) => void;

  constructor(add: (yaml: string) => void) {
    this.#add = add;
  }

  show({ recommendations, hints }: CardinalityReport): void {
    const list = element("ul", {}, recommendations.slice(0, SHOWN).map((one) => this.#item(one)));
    const more = button(`Show all ${recommendations.length}`, () => {
      more.remove();
      list.append(...recommendations.slice(SHOWN).map((one) => this.#item(one)));
    }, { class: "quiet" });
    fill(
      this.element,
      element("h3", {}, "Rules that would save the most"),
      element("p", { class: "note" }, "Each alone, on the scrape as it comes"),
      recommendations.length === 0 ? element("p", {}, "None would save one in a hundred") : list,
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
    const { summary, yaml, before, after, warnings } = one;
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
      warnings.length === 0 ? null : element(
        "ul",
        { class: "warnings" },
        warnings.map((warning) => element("li", {}, foreignText(warning, 160))),
      ),
      button("Try it", () => this.#add(yaml), { class: "small", "aria-label": `Try: ${what}` }),
    );
  }
}
