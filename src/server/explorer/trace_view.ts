import type { TraceStep } from "../../analyze/sample_trace.ts";
import type { ExplainedSample } from "../../analyze/sample_trace.ts";
import { type Child, element } from "./dom.ts";
import { foreignText } from "./foreign_text.ts";

/** The way of one sample through policies and rules. */
export function traceView(explained: ExplainedSample): HTMLElement {
  const { policies, droppedByPolicies, rules, out, type } = explained;
  return element(
    "section",
    { class: "trace" },
    element("h4", {}, "The sample's way"),
    element(
      "ol",
      {},
      step("in", `a ${type ?? "sample without a TYPE"}`, code(explained.sample)),
      policies.map(({ id, decided }) =>
        step("policy", verdict(decided, droppedByPolicies), foreignText(id, 40))
      ),
      rules.map(ruleStep),
      step("out", out === undefined ? "nothing is left" : "leaves as", out && code(out)),
    ),
  );
}

function verdict(decided: boolean, dropped: boolean): string {
  return !decided ? "matches, another decides" : dropped ? "drops it" : "keeps it";
}

function ruleStep({ action, out, changed, dropped, why }: TraceStep, index: number): HTMLElement {
  const what = dropped
    ? "drops it"
    : changed
    ? "makes it"
    : why === undefined
    ? "leaves it as it is"
    : "keeps it";
  const shown = changed && !dropped ? code(out) : null;
  const because = why === undefined ? null : element("small", {}, foreignText(why, 160));
  return step(`rule ${index + 1}`, [element("code", {}, action), ` ${what}`], shown, because);
}

function step(where: string, what: Child, ...rest: Child[]): HTMLElement {
  return element("li", {}, element("span", { class: "tag" }, where), " ", what, " ", ...rest);
}

function code(text: string): HTMLElement {
  return element("code", {}, foreignText(text, 160));
}
