import type { Problem } from "../analysis_failure.ts";
import { button, element, fill } from "./dom.ts";
import { EditHistory } from "./edit_history.ts";

export interface TextEditorOptions {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly rows: number;
  /** Called when somebody types, or goes back to a text or on to one. */
  readonly changed: (text: string) => void;
}

/**
 * A text area with line numbers, problems that stand at their lines, and a history of its own.
 * CodeMirror would bring colours, and 90 to 116 kB gzipped to a page whose script has 17; its styles
 * pass this page's policy in a shadow root only.
 */
export class TextEditor {
  readonly element: HTMLElement;
  readonly area: HTMLTextAreaElement;
  readonly #gutter = element("div", { class: "gutter", "aria-hidden": "true" });
  readonly #marks = element("div", { class: "marks", "aria-hidden": "true" });
  readonly #problems: HTMLElement;
  readonly #undo = button("Undo", () => this.undo(), { class: "quiet small" });
  readonly #redo = button("Redo", () => this.redo(), { class: "quiet small" });
  readonly #history = new EditHistory();
  readonly #changed: (text: string) => void;
  #badLines: ReadonlySet<number> = new Set();

  constructor({ id, label, hint, rows, changed }: TextEditorOptions) {
    const problemsId = `${id}-problems`;
    this.#changed = changed;
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
    this.area.addEventListener("input", () => this.#typed());
    this.area.addEventListener("scroll", () => this.#scrolled());
    // The browser's own history knows nothing of what buttons write.
    this.area.addEventListener("beforeinput", (event) => {
      if (!/^history/.test(event.inputType)) return;
      event.preventDefault();
      if (event.inputType === "historyUndo") this.undo();
      else this.redo();
    });
    this.area.addEventListener("keydown", (event) => this.#pressed(event));
    this.element = element(
      "div",
      { class: "editor" },
      element(
        "div",
        { class: "heading" },
        element("label", { for: id }, label),
        element("span", { class: "steps" }, this.#undo, this.#redo),
      ),
      element(
        "div",
        { class: "lines" },
        this.#gutter,
        element("div", { class: "writing" }, this.#marks, this.area),
      ),
      this.#problems,
    );
    this.#drawn();
  }

  get text(): string {
    return this.area.value;
  }

  /** Begins with a text that is nobody's change. */
  begin(text: string): void {
    this.#history.reset(text);
    this.#show(text);
  }

  /** Writes a text that may be undone, and shows where it differs: lines counted from 1. */
  write(text: string, lines?: readonly [from: number, to: number]): void {
    this.#history.write(text);
    this.#show(text);
    if (lines !== undefined) this.#mark(lines);
  }

  /** Goes back to the text before, as the button does. */
  undo(): void {
    this.#go(this.#history.undo());
  }

  redo(): void {
    this.#go(this.#history.redo());
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
    this.#drawn();
  }

  #typed(): void {
    this.#history.write(this.area.value, performance.now());
    this.#marks.hidden = true;
    this.#drawn();
    this.#changed(this.area.value);
  }

  #pressed(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.redo();
    else this.undo();
  }

  #go(text: string | undefined): void {
    if (text === undefined) return;
    this.#show(text);
    this.#changed(text);
  }

  #show(text: string): void {
    this.#marks.hidden = true;
    if (this.area.value !== text) this.area.value = text;
    this.#drawn();
  }

  #mark([from, to]: readonly [from: number, to: number]): void {
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.#marks.hidden = false;
    this.#marks.style.setProperty("--from", String(from - 1));
    this.#marks.style.setProperty("--lines", String(to - from + 1));
    const top = (from - 1) * height;
    const { scrollTop, clientHeight } = this.area;
    const isSeen = top >= scrollTop && to * height <= scrollTop + clientHeight - height;
    if (!isSeen) this.area.scrollTop = Math.max(0, top - clientHeight / 3);
    this.#scrolled();
  }

  #scrolled(): void {
    this.#gutter.scrollTop = this.area.scrollTop;
    this.#marks.style.setProperty("--scrolled", `${this.area.scrollTop}px`);
  }

  #goTo(line: number): void {
    const before = this.area.value.split("\n").slice(0, line - 1).join("\n");
    const start = line === 1 ? 0 : before.length + 1;
    const length = (this.area.value.split("\n")[line - 1] ?? "").length;
    this.area.focus();
    this.area.setSelectionRange(start, start + length);
  }

  #drawn(): void {
    const count = this.area.value.split("\n").length;
    const lines = Array.from(
      { length: count },
      (_, at) => element("div", { class: this.#badLines.has(at + 1) ? "bad" : undefined }, at + 1),
    );
    fill(this.#gutter, lines);
    this.#undo.disabled = !this.#history.canUndo;
    this.#redo.disabled = !this.#history.canRedo;
    this.#scrolled();
  }
}
