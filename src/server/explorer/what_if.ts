import { bytesText, countText } from "../../analyze/figure_text.ts";
import type { PreviewReport } from "../../analyze/preview_report.ts";
import type { RuleText } from "../../analyze/rule_yaml.ts";
import type { Problem } from "../analysis_failure.ts";
import type { DraftUsage } from "../draft_used.ts";
import type { PreviewDraft } from "../preview_draft.ts";
import type { RulesAnswer } from "../rules_request.ts";
import { type AddedRule, addRule } from "./add_rule.ts";
import { copyButton } from "./copy_text.ts";
import { button, element, fill } from "./dom.ts";
import { FilesView } from "./files_view.ts";
import { previewView } from "./preview_view.ts";
import { RequestError, requestFiles, requestPreview } from "./requests.ts";
import { TextEditor } from "./text_editor.ts";
import { UsedView } from "./used_view.ts";
import type { ViewStore } from "./view.ts";

/** From the last key to the preview: each one scrapes the upstream. */
const TYPING_MS = 600;

/** What else the page shows of what the editor holds. */
export interface WhatIfContext {
  /** The names of the scrape; undefined where not all are known. */
  readonly names: () => readonly string[] | undefined;
  /** Told of each preview, and of the editor's rules being of none. */
  readonly previewed: (preview: PreviewReport | undefined) => void;
  /** Told of rules for what nothing reads; undefined where nobody said what is read. */
  readonly unread: (usage: DraftUsage | undefined) => void;
}

/** The editor, and what its rules and policies would make of the scrape. */
export class WhatIf {
  readonly element: HTMLElement = element("section", { class: "what-if" });
  readonly #store: ViewStore;
  readonly #context: WhatIfContext;
  readonly #rules: TextEditor;
  readonly #policies: TextEditor;
  readonly #sample = element("input", {
    type: "text",
    id: "sample",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: 'http_requests_total{path="/"} 1',
  });
  readonly #happened = element("div", { class: "happened", role: "status" });
  readonly #status = element("p", { class: "status", role: "status" });
  readonly #result = element("div", { class: "result" });
  readonly #files: FilesView;
  readonly #used = new UsedView(() => void this.#preview());
  #inForce: RulesAnswer | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;
  /** The last preview, of which the next one shows what a rule saves. */
  #last: PreviewReport | undefined;
  #added: AddedRule | undefined;

  constructor(store: ViewStore, context: WhatIfContext) {
    this.#store = store;
    this.#context = context;
    this.#files = new FilesView(() =>
      requestFiles({ ...this.#draft(), used: undefined }, this.#store.current.target)
    );
    this.#rules = new TextEditor({
      id: "rules",
      label: "Relabel rules (YAML)",
      hint: "metric_relabel_configs:\n- action: labeldrop\n  regex: path",
      rows: 11,
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
    this.#rules.begin(blankIfEmpty(inForce.relabel));
    this.#policies.begin(inForce.policies);
    this.#restore(this.#store.current);
    if (inForce.previewOff !== undefined) {
      fill(this.#status, `No preview: ${inForce.previewOff}`);
    } else if (this.#rules.text.trim() !== "" || this.#policies.text !== inForce.policies) {
      void this.#preview();
    }
  }

  /** Puts a rule into the list, says which one it is now, and previews. */
  add(rule: RuleText): void {
    const added = addRule(this.#rules.text, rule, this.#context.names());
    if (added === undefined) {
      fill(this.#happened, "Write the rules one below the other first: then one can be added");
      return;
    }
    this.#added = added;
    this.#rules.write(added.text, added.lines);
    this.#store.set({ rules: added.text });
    this.#showAdded(undefined);
    if (added.how !== "there") void this.#preview();
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
      button("Use these rules", () => void this.#files.open(), { class: "primary" }),
      button("Preview", () => void this.#preview()),
      copyButton("Copy YAML", () => this.#rules.text),
      copyButton("Copy link", () => location.href),
      button("Reset", () => this.#reset(), { class: "quiet" }),
    );
    this.element.append(
      element("h2", {}, "What if"),
      this.#rules.element,
      this.#happened,
      tools,
      this.#status,
      element(
        "div",
        { class: "field" },
        element("label", { for: "sample" }, "Follow one sample"),
        this.#sample,
      ),
      details,
      this.#used.element,
      this.#result,
      this.#files.element,
    );
  }

  #restore({ rules, policies, sample }: ViewStore["current"]): void {
    this.#write(this.#rules, rules ?? blankIfEmpty(this.#inForce?.relabel ?? ""));
    this.#write(this.#policies, policies ?? this.#inForce?.policies ?? "");
    if (this.#sample.value !== (sample ?? "")) this.#sample.value = sample ?? "";
  }

  #write(editor: TextEditor, text: string): void {
    if (editor.text !== text) editor.write(text);
  }

  #reset(): void {
    this.#store.set({ rules: undefined, policies: undefined, sample: undefined });
    this.#restore(this.#store.current);
    this.#forgetAdded();
    void this.#preview();
  }

  #typed(change: Partial<ViewStore["current"]>): void {
    this.#store.set(change);
    this.#forgetAdded();
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
    this.#result.classList.add("stale");
    try {
      const { target } = this.#store.current;
      const answer = await requestPreview(this.#draft(), target, running.signal);
      this.#show([]);
      fill(this.#result, element("h3", {}, "Before and after"), previewView(answer));
      this.#result.classList.remove("stale");
      fill(this.#status, "");
      if (this.#added !== undefined) this.#showAdded(answer.preview);
      this.#last = answer.preview;
      this.#context.previewed(answer.preview);
      this.#context.unread(answer.usage);
    } catch (error) {
      if (running.signal.aborted) return;
      this.#show(error instanceof RequestError ? error.problems : [{ message: String(error) }]);
      this.#context.previewed(undefined);
      fill(this.#status, "");
    }
  }

  /** Says what became of a rule that was pressed for, and, once that is known, what it saves. */
  #showAdded(preview: PreviewReport | undefined): void {
    const { how, number } = this.#added!;
    const what = how === "there"
      ? `Rule ${number} does this already`
      : how === "extended"
      ? `Rule ${number} takes this in`
      : `Rule ${number} was added`;
    const undo = how === "there" ? null : button("Undo", () => this.#undone(), {
      class: "small",
      "aria-label": `Undo: rule ${number}`,
    });
    fill(
      this.#happened,
      element("strong", {}, what),
      preview === undefined || how === "there" ? null : ` · ${savedText(this.#last, preview)}`,
      " ",
      undo,
      button("To the editor", () => this.#rules.element.scrollIntoView({ block: "center" }), {
        class: "small to-editor",
      }),
    );
  }

  #undone(): void {
    this.#rules.undo();
    const redo = button("Redo", () => {
      this.#rules.redo();
      this.#rules.area.focus();
    }, { class: "small" });
    fill(this.#happened, element("strong", {}, "Undone"), " ", redo);
    redo.focus();
  }

  #forgetAdded(): void {
    this.#added = undefined;
    fill(this.#happened);
  }

  /** Policies go along only when they were changed: those in force may be of many documents. */
  #draft(): PreviewDraft {
    const policies = this.#policies.text;
    const sample = this.#sample.value.trim();
    return {
      relabel: this.#rules.text,
      ...policies === this.#inForce?.policies ? {} : { policies },
      ...sample === "" ? {} : { sample },
      ...this.#used.document === undefined ? {} : { used: this.#used.document },
    };
  }

  #show(problems: readonly Problem[]): void {
    const ofPolicies = problems.filter(({ of }) => of === "policies");
    this.#policies.problems(ofPolicies);
    this.#rules.problems(problems.filter((problem) => !ofPolicies.includes(problem)));
    if (ofPolicies.length > 0) this.element.querySelector("details")!.open = true;
  }
}

/** What the last change saves: against the preview before it, else against what policies leave. */
function savedText(last: PreviewReport | undefined, preview: PreviewReport): string {
  const { before, after, dropped } = preview;
  const series = (last?.after.series ?? before.series - dropped.policies) - after.series;
  const bytes = (last?.after.bytes ?? before.bytes) - after.bytes;
  if (series <= 0 && bytes <= 0) return "it saves nothing";
  const share = before.series === 0 ? 0 : Math.max(0, series) / before.series * 100;
  const text = `saves ${countText(Math.max(0, series))} series (${share.toFixed(1)} %)`;
  // How many bytes policies take by themselves is not known.
  const isAlone = last !== undefined || dropped.policies === 0;
  return isAlone ? `${text}, ${bytesText(Math.max(0, bytes))}` : text;
}

function blankIfEmpty(relabel: string): string {
  return relabel === "metric_relabel_configs: []\n" ? "" : relabel;
}
