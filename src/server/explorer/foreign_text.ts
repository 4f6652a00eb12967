import { button, type Child, element } from "./dom.ts";

/** Characters of a text that are shown unless more is wanted. */
const SHOWN = 72;

/**
 * Shows a text that comes from the upstream. It stands alone in its direction, characters that cannot
 * be seen are written out, and of a long one the beginning is shown, with a button for the rest.
 */
export function foreignText(text: string, shown: number = SHOWN): HTMLElement {
  const characters = Array.from(visible(text));
  const whole = element("bdi", { class: "foreign" }, breakable(characters.join("")));
  // A few characters more are no longer than the button.
  if (characters.length <= shown + 8) return whole;
  const begin = element(
    "bdi",
    { class: "foreign" },
    breakable(`${characters.slice(0, shown).join("")}…`),
  );
  const more = button(`${characters.length - shown} more`, () => {
    box.replaceChildren(whole);
    box.tabIndex = -1;
    box.focus();
  }, { class: "more", "aria-label": `Show ${characters.length - shown} more characters` });
  const box = element("span", { class: "long" }, begin, " ", more);
  return box;
}

/** The same for places that hold text alone: names of buttons, cells of the map. */
export function shortText(text: string, shown: number = SHOWN): string {
  const characters = Array.from(visible(text));
  return characters.length <= shown
    ? characters.join("")
    : `${characters.slice(0, shown - 1).join("")}…`;
}

/** The text with places at which a line may end: after what names are put together with. */
export function breakable(text: string): Child[] {
  return text.split(/(?<=[_:./,-])(?=.)/).flatMap((part, index) =>
    index === 0 ? [part] : [element("wbr"), part]
  );
}

/** Without what is not seen, or turns the direction of what follows. */
function visible(text: string): string {
  if (text === "") return '""';
  return text.replace(HIDDEN, (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

const HIDDEN = /[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
