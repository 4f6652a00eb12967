/** What the page shows, as far as a link restores it. */
export interface View {
  readonly by: "metric" | "prefix" | "label";
  readonly metric: string | undefined;
  readonly label: string | undefined;
  readonly query: string;
  /** The column's key, with `-` before it for the largest first. */
  readonly sort: string | undefined;
  /** The editor's texts; undefined: what is in force. */
  readonly rules: string | undefined;
  readonly policies: string | undefined;
  readonly sample: string | undefined;
  /** Of a gateway: whose scrape it is. */
  readonly target: string | undefined;
}

const GROUPINGS = ["metric", "prefix", "label"] as const;
const KEYS = ["metric", "label", "sort", "rules", "policies", "sample", "target"] as const;

/** Reads a URL's fragment, with or without its `#`. */
export function readView(fragment: string): View {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const texts = Object.fromEntries(KEYS.map((key) => [key, given.get(key) ?? undefined]));
  return {
    by: GROUPINGS.find((by) => by === given.get("by")) ?? "metric",
    query: given.get("q") ?? "",
    ...texts as Pick<View, typeof KEYS[number]>,
  };
}

/** Returns the fragment that restores the view, with its `#`; `#` alone for the first one. */
export function viewFragment(view: View): string {
  const given = new URLSearchParams();
  if (view.by !== "metric") given.set("by", view.by);
  if (view.query !== "") given.set("q", view.query);
  for (const key of KEYS) {
    const value = view[key];
    if (value !== undefined) given.set(key, value);
  }
  return `#${given}`;
}

type Listener = (view: View, before: View) => void;

/** The view of this page, kept in its address. */
export class ViewStore {
  current: View = readView(location.hash);
  readonly #listeners: Listener[] = [];

  constructor() {
    addEventListener("popstate", () => this.#show(readView(location.hash)));
    addEventListener("hashchange", () => this.#show(readView(location.hash)));
  }

  /** Goes on to another view; back leads to this one. */
  go(change: Partial<View>): void {
    const next = { ...this.current, ...change };
    history.pushState(null, "", viewFragment(next));
    this.#show(next);
  }

  /** Changes the view without a step of history: for what is typed. */
  set(change: Partial<View>): void {
    const next = { ...this.current, ...change };
    history.replaceState(null, "", viewFragment(next));
    this.#show(next);
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #show(next: View): void {
    const before = this.current;
    if (viewFragment(next) === viewFragment(before)) return;
    this.current = next;
    for (const listener of this.#listeners) listener(next, before);
  }
}
