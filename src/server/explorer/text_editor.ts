import type { Problem } from "../analysis_failure.ts";
import { button, element, fill } from "./dom.ts";

export interface TextEditorOptions {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly rows: number;
  readonly changed: (text: string) => void;
}

/** A text area with line numbers, and problems that stand at their lines. */
export class TextEditor {
  readonly element: HTMLElement;
  readonly area: HTMLTextAreaElement;
  readonly #gutter = element("div", { class: "gutter", "aria-hidden": "true" });
  readonly #problems: HTMLElement;
  #badLines: ReadonlySet<number> = new Set();

  constructor({ id, label, hint, rows, changed }: TextEditorOptions) {
    const problemsId = `${id}-problems`;
    this.#problems = element("ul", { class: "problems", id: problemsId, role: "alert" });
    this.area = element("textarea", {
      id,
      rows,
      wrap: "off",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      placeholder: hint,
      "aria-describedby": problemsId,
    });
    this.area.addEventListener("input", () => {
      this.#number();
      changed(this.area.value);
    });
    this.area.addEventListener("scroll", () => this.#gutter.scrollTop = this.area.scrollTop);
    this.element = element(
      "div",
      { class: "editor" },
      element("label", { for: id }, label),
      element("div", { class: "lines" }, this.#gutter, this.area),
      this.#problems,
    );
    this.#number();
  }

  get text(): string {
    return this.area.value;
  }

  set text(text: string) {
    if (this.area.value === text) return;
    this.area.value = text;
    this.#number();
  }

  problems(problems: readonly Problem[]): void {
    const lines = problems.flatMap(({ line }) => line ?? []);
    this.#badLines = new Set(lines);
    this.area.setAttribute("aria-invalid", String(problems.length > 0));
    const ordered = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    const items = ordered.map(({ message, line }) => {
      const place = line === undefined
        ? null
        : button(`Line ${line}`, () => this.#goTo(line), { class: "link" });
      return element("li", {}, place, place && ": ", element("bdi", {}, message));
    });
    fill(this.#problems, items);
    this.#number();
  }

  #goTo(line: number): void {
    const before = this.area.value.split("\n").slice(0, line - 1).join("\n");
    const start = line === 1 ? 0 : before.length + 1;
    const length = (this.area.value.split("\n")[line - 1] ?? "").length;
    this.area.focus();
    this.area.setSelectionRange(start, start + length);
  }

  #number(): void {
    const count = this.area.value.split("\n").length;
    const lines = Array.from(
      { length: count },
      (_, at) => element("div", { class: this.#badLines.has(at + 1) ? "bad" : undefined }, at + 1),
    );
    fill(this.#gutter, lines);
    this.#gutter.scrollTop = this.area.scrollTop;
  }
}
