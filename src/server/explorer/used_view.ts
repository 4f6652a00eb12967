import type { UsedDocument } from "../../usage/used_document.ts";
import { countText } from "../../analyze/figure_text.ts";
import { button, element, fill } from "./dom.ts";
import { sentDocument } from "./used_document.ts";

/** Where the page is told what alerts and dashboards read: a file that is chosen or pasted. */
export class UsedView {
  readonly element: HTMLDetailsElement = element("details", { class: "used" });
  /** Undefined: nobody said what is read. */
  document: UsedDocument | undefined;
  readonly #changed: () => void;
  readonly #status = element("p", { class: "status", role: "status" });
  readonly #file = element("input", { type: "file", id: "used-file", accept: ".json" });
  readonly #text = element("textarea", {
    id: "used-text",
    rows: 3,
    spellcheck: "false",
    placeholder: "weir usage alerts.yaml dashboards/*.json",
  });

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files ?? [];
      if (file !== undefined) void file.text().then((text) => this.#take(text));
    });
    this.#text.addEventListener("input", () => this.#take(this.#text.value));
    this.element.append(
      element("summary", {}, "What alerts and dashboards read"),
      element(
        "div",
        { class: "field" },
        element("label", { for: "used-file" }, "What weir usage wrote, as a file"),
        this.#file,
      ),
      element(
        "div",
        { class: "field" },
        element("label", { for: "used-text" }, "or its text"),
        this.#text,
      ),
      element(
        "div",
        { class: "tools" },
        button("Forget it", () => this.#forget(), { class: "quiet" }),
        this.#status,
      ),
    );
  }

  #take(text: string): void {
    if (text.trim() === "") return this.#forget();
    try {
      this.document = sentDocument(text);
      const { uses, unread } = this.document;
      const doubt = unread.length === 0
        ? ""
        : `, and ${countText(unread.length)} expressions that nobody could read`;
      fill(this.#status, `${countText(uses.length)} uses${doubt}`);
    } catch (error) {
      this.document = undefined;
      fill(this.#status, (error as Error).message);
    }
    this.#changed();
  }

  #forget(): void {
    this.#file.value = "";
    this.#text.value = "";
    fill(this.#status);
    if (this.document === undefined) return;
    this.document = undefined;
    this.#changed();
  }
}
