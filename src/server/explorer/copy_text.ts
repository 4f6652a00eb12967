import { button } from "./dom.ts";

/** A button that puts a text on the clipboard, and says whether it is there. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const made = button(label, async () => {
    const done = await copied(text());
    made.textContent = done ? "Copied" : "Not copied: the browser refuses";
    setTimeout(() => made.textContent = label, 2000);
  }, { "aria-live": "polite" });
  return made;
}

/** The clipboard of browsers is closed to pages without TLS; the older way is open to all. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    const focused = document.activeElement as HTMLElement | null;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focused?.focus();
    return done;
  }
}
