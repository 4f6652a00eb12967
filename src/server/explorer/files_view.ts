import type { RuleFile } from "../../analyze/rule_files.ts";
import type { FilesAnswer } from "../draft_files.ts";
import { copyButton } from "./copy_text.ts";
import { button, type Child, element, fill } from "./dom.ts";
import { lineDiff } from "./line_diff.ts";

/** Lines around a difference. */
const AROUND = 3;

/** The way from rules to where they are in force: each form that takes them, to be copied or saved. */
export class FilesView {
  readonly element: HTMLDialogElement = element("dialog", {
    class: "files",
    "aria-labelledby": "files-title",
  });
  readonly #body = element("div", { class: "body" });
  readonly #ask: () => Promise<FilesAnswer>;
  #chosen = "relabel";

  constructor(ask: () => Promise<FilesAnswer>) {
    this.#ask = ask;
    const close = button("Close", () => this.element.close());
    this.element.append(
      element(
        "div",
        { class: "head" },
        element("h2", { id: "files-title" }, "Use these rules"),
        close,
      ),
      this.#body,
    );
    // A press beside the dialog is one on its backdrop, which is the dialog itself.
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  async open(): Promise<void> {
    fill(this.#body, element("p", { class: "status", role: "status" }, "Scraping…"));
    this.element.showModal();
    try {
      this.#show(await this.#ask());
    } catch (error) {
      fill(this.#body, element("p", { class: "failure", role: "alert" }, (error as Error).message));
    }
  }

  #show({ files, inForce, drafted }: FilesAnswer): void {
    const tabs = [
      ...files.map((file) => ({ id: file.id, title: file.title, panel: () => filePanel(file) })),
      { id: "diff", title: "Changes", panel: () => diffPanel(inForce, drafted) },
    ];
    const panel = element("div", { role: "tabpanel", id: "files-panel", tabindex: 0 });
    const list = element("div", { role: "tablist", "aria-label": "Forms of the rules" });
    const choose = (id: string) => {
      this.#chosen = id;
      for (const one of list.querySelectorAll("button")) {
        const isChosen = one.id === `tab-${id}`;
        one.setAttribute("aria-selected", String(isChosen));
        one.tabIndex = isChosen ? 0 : -1;
      }
      panel.setAttribute("aria-labelledby", `tab-${id}`);
      fill(panel, tabs.find((tab) => tab.id === id)!.panel());
    };
    list.append(
      ...tabs.map(({ id, title }) =>
        button(title, () => choose(id), {
          role: "tab",
          id: `tab-${id}`,
          "aria-controls": "files-panel",
        })
      ),
    );
    list.addEventListener("keydown", (event) => {
      const buttons = [...list.querySelectorAll("button")];
      const to = neighbour(
        event.key,
        buttons.findIndex((one) => one.tabIndex === 0),
        buttons.length,
      );
      if (to === undefined) return;
      event.preventDefault();
      buttons[to].focus();
      choose(tabs[to].id);
    });
    choose(this.#chosen);
    fill(this.#body, list, panel);
  }
}

/** Where a key leads from one of a row of tabs. */
function neighbour(key: string, at: number, count: number): number | undefined {
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : (to + count) % count;
}

function filePanel({ name, text, notes }: RuleFile): Child {
  return [
    element("ul", { class: "notes" }, notes.map((note) => element("li", {}, note))),
    text === undefined ? null : element(
      "div",
      { class: "tools" },
      element("code", {}, name),
      copyButton("Copy", () => text),
      button("Download", () => download(name, text), { class: "primary" }),
    ),
    text === undefined ? null : element("pre", { class: "file", tabindex: 0 }, text),
  ];
}

/** Saves a text under a name: of this page's own making, no request is sent. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function diffPanel(inForce: string, drafted: string): Child {
  const lines = lineDiff(inForce, drafted);
  if (lines.every(({ sign }) => sign === " ")) {
    return element("ul", { class: "notes" }, element("li", {}, "These are the rules in force"));
  }
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== " ")
  );
  const shown = lines.flatMap(({ sign, text }, at) => {
    if (near[at]) return [element("span", { class: KINDS[sign] }, `${sign} ${text}\n`)];
    return near[at - 1] || at === 0 ? [element("span", { class: "gap" }, "…\n")] : [];
  });
  return [
    element(
      "ul",
      { class: "notes" },
      element(
        "li",
        {},
        "From the rules in force to these, both as Weir writes them: without comments",
      ),
    ),
    element("pre", { class: "file diff", tabindex: 0 }, element("div", {}, shown)),
  ];
}

const KINDS = { " ": "context", "-": "gone", "+": "come" } as const;
