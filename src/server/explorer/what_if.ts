import type { Problem } from "../analysis_failure.ts";
import type { PreviewDraft } from "../live_preview.ts";
import type { RulesAnswer } from "../rules_request.ts";
import { copyButton } from "./copy_text.ts";
import { button, element, fill } from "./dom.ts";
import { insertRule } from "./insert_rule.ts";
import { previewView } from "./preview_view.ts";
import { RequestError, requestPreview } from "./requests.ts";
import { TextEditor } from "./text_editor.ts";
import type { ViewStore } from "./view.ts";

/** From the last key to the preview: each one scrapes the upstream. */
const TYPING_MS = 600;

/** The editor, and what its rules and policies would make of the scrape. */
export class WhatIf {
  readonly element: HTMLElement = element("section", { class: "what-if" });
  readonly #store: ViewStore;
  readonly #rules: TextEditor;
  readonly #policies: TextEditor;
  readonly #sample = element("input", {
    type: "text",
    id: "sample",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: 'http_requests_total{path="/"} 1',
  });
  readonly #status = element("p", { class: "status", role: "status" });
  readonly #result = element("div", { class: "result" });
  #inForce: RulesAnswer | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;

  constructor(store: ViewStore) {
    this.#store = store;
    this.#rules = new TextEditor({
      id: "rules",
      label: "Relabel rules (YAML)",
      hint: "metric_relabel_configs:\n- action: labeldrop\n  regex: path",
      rows: 14,
      changed: (rules) => this.#typed({ rules }),
    });
    this.#policies = new TextEditor({
      id: "policies",
      label: "Policies (JSON or YAML)",
      hint: '{"policies": []}',
      rows: 10,
      changed: (policies) => this.#typed({ policies }),
    });
    this.#sample.addEventListener(
      "input",
      () => this.#typed({ sample: this.#sample.value || undefined }),
    );
    this.#draw();
    store.onChange((view) => {
      if (this.#inForce !== undefined) this.#restore(view);
    });
  }

  /** Begins with what is in force, or with what the link holds. */
  start(inForce: RulesAnswer): void {
    this.#inForce = inForce;
    this.#restore(this.#store.current);
    if (inForce.previewOff !== undefined) {
      fill(this.#status, `No preview: ${inForce.previewOff}`);
    } else if (this.#rules.text.trim() !== "" || this.#policies.text !== inForce.policies) {
      void this.#preview();
    }
  }

  /** Puts a rule after the others, and previews. */
  add(yaml: string): void {
    const text = insertRule(this.#rules.text, yaml);
    if (text === undefined) {
      fill(this.#status, "Write the rules one below the other first: then one can be added");
      return;
    }
    this.#rules.text = text;
    this.#store.set({ rules: text });
    this.#rules.element.scrollIntoView({ block: "nearest" });
    void this.#preview();
  }

  /** Previews again, where a preview is shown. */
  refresh(): void {
    if (this.#result.childElementCount > 0) void this.#preview();
  }

  #draw(): void {
    const details = element(
      "details",
      {},
      element("summary", {}, "Policies"),
      this.#policies.element,
    );
    const tools = element(
      "div",
      { class: "tools" },
      button("Preview", () => void this.#preview(), { class: "primary" }),
      copyButton("Copy YAML", () => this.#rules.text),
      copyButton("Copy link", () => location.href),
      button("Reset", () => this.#reset(), { class: "quiet" }),
    );
    this.element.append(
      element("h2", {}, "What if"),
      this.#rules.element,
      element(
        "div",
        { class: "field" },
        element("label", { for: "sample" }, "Follow one sample"),
        this.#sample,
      ),
      details,
      tools,
      this.#status,
      this.#result,
    );
  }

  #restore({ rules, policies, sample }: ViewStore["current"]): void {
    this.#rules.text = rules ?? blankIfEmpty(this.#inForce?.relabel ?? "");
    this.#policies.text = policies ?? this.#inForce?.policies ?? "";
    if (this.#sample.value !== (sample ?? "")) this.#sample.value = sample ?? "";
  }

  #reset(): void {
    this.#store.set({ rules: undefined, policies: undefined, sample: undefined });
    this.#restore(this.#store.current);
    void this.#preview();
  }

  #typed(change: Partial<ViewStore["current"]>): void {
    this.#store.set(change);
    this.#result.classList.add("stale");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#preview(), TYPING_MS);
  }

  async #preview(): Promise<void> {
    if (this.#inForce === undefined || this.#inForce.previewOff !== undefined) return;
    clearTimeout(this.#timer);
    this.#running?.abort();
    const running = this.#running = new AbortController();
    fill(this.#status, "Scraping…");
    try {
      const { target } = this.#store.current;
      const answer = await requestPreview(this.#draft(), target, running.signal);
      this.#show([]);
      fill(this.#result, element("h3", {}, "Before and after"), previewView(answer));
      this.#result.classList.remove("stale");
      fill(this.#status, "");
    } catch (error) {
      if (running.signal.aborted) return;
      this.#show(error instanceof RequestError ? error.problems : [{ message: String(error) }]);
      this.#result.classList.add("stale");
      fill(this.#status, "");
    }
  }

  /** Policies go along only when they were changed: those in force may be of many documents. */
  #draft(): PreviewDraft {
    const policies = this.#policies.text;
    const sample = this.#sample.value.trim();
    return {
      relabel: this.#rules.text,
      ...policies === this.#inForce?.policies ? {} : { policies },
      ...sample === "" ? {} : { sample },
    };
  }

  #show(problems: readonly Problem[]): void {
    const ofPolicies = problems.filter(({ of }) => of === "policies");
    this.#policies.problems(ofPolicies);
    this.#rules.problems(problems.filter((problem) => !ofPolicies.includes(problem)));
    if (ofPolicies.length > 0) this.element.querySelector("details")!.open = true;
  }
}

function blankIfEmpty(relabel: string): string {
  return relabel === "metric_relabel_configs: []\n" ? "" : relabel;
}
