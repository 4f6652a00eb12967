import { countText } from "../../analyze/figure_text.ts";
import { element } from "./dom.ts";

/** A count, with "about" where it is an estimate. */
export function seriesFigure(series: number, estimated: boolean = false): string {
  return `${estimated ? "about " : ""}${countText(series)}`;
}

/** A share from 0 to 1, as a bar beside its figure. */
export function shareBar(share: number): HTMLElement {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(Math.max(0, Math.min(1, share))));
  const percent = share * 100;
  const digits = percent >= 99.95 || percent === 0 ? 0 : percent < 0.1 ? 2 : 1;
  return element(
    "span",
    { class: "share" },
    bar,
    element("span", {}, `${percent.toFixed(digits)} %`),
  );
}

/** `−31.6 %`, `+2.0 %`, `±0 %`. */
export function changeText(before: number, after: number): string {
  if (before === after) return "±0 %";
  if (before === 0) return "new";
  const percent = (after - before) / before * 100;
  const digits = Math.abs(percent) >= 99.95 ? 0 : 1;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(digits)} %`;
}
