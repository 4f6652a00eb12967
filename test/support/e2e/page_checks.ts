/** A script that tells what an element lacks; run in the page, where no types are. */
export const FLAWS = `(() => {
  const flaws = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const flaw = (what, element) => flaws.push(what + ": " + element.outerHTML.slice(0, 120));
  if (document.documentElement.lang === "") flaws.push("no language");
  if (document.title === "") flaws.push("no title");
  if (all("main").length !== 1) flaws.push("not one main");
  if (all("h1").length !== 1) flaws.push("not one h1");
  for (const element of all("button, a")) {
    const name = element.getAttribute("aria-label") ?? element.textContent;
    if (name.trim() === "") flaw("no name", element);
  }
  for (const element of all("input, textarea, select")) {
    if (element.labels.length === 0) flaw("no label", element);
  }
  for (const element of all("nav, [role=group], [role=region]")) {
    if (element.checkVisibility() && !element.hasAttribute("aria-label")) flaw("no label", element);
  }
  for (const element of all("th")) if (!element.scope) flaw("no scope", element);
  for (const element of all("table")) if (element.caption === null) flaw("no caption", element);
  for (const element of all("[tabindex]")) if (element.tabIndex > 0) flaw("its own order", element);
  for (const element of all("button button, a button, button a")) flaw("nested", element);
  for (const element of all("[aria-describedby]")) {
    if (!document.getElementById(element.getAttribute("aria-describedby"))) flaw("no text", element);
  }
  const ids = all("[id]").map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) flaws.push("twice: " + id);
  let level = 0;
  for (const element of all("h1, h2, h3, h4, h5, h6")) {
    const next = Number(element.tagName[1]);
    if (next > level + 1) flaw("level left out", element);
    level = next;
  }
  return flaws;
})()`;

/** A script that tells texts of less contrast than 4.5 to 1 (WCAG 2, level AA). */
export const FAINT = `(() => {
  const parse = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    const isShare = text.startsWith("color(");
    const [r, g, b] = numbers.map((number) => isShare ? number * 255 : number);
    return { rgb: [r, g, b], alpha: numbers[3] ?? 1 };
  };
  const light = ({ rgb }) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.alpha > 0.99) return found;
    }
    return parse("rgb(255, 255, 255)");
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!hasText || element.closest("script, style, .stale, :disabled, .unseen, noscript")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ": " + element.outerHTML.slice(0, 100));
  }
  return faint.slice(0, 10);
})()`;

/** A script that tells what lies outside of the page's width, or over another thing to press. */
export const MISPLACED = `(() => {
  const found = [];
  const said = (element) => element.outerHTML.slice(0, 120);
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) found.push(scrollWidth + " px in " + innerWidth);
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) &&
    element.closest(".unseen, .skip") === null;
  // What lies in a box that scrolls, or cuts, is placed by that.
  const boxOf = (element) => element.parentElement.closest(".table, pre, .map, textarea, .lines");
  for (const element of document.body.querySelectorAll("*")) {
    if (!isSeen(element) || boxOf(element) !== null) continue;
    const { left, right, width } = element.getBoundingClientRect();
    if (width > 0 && (left < -0.5 || right > innerWidth + 0.5)) found.push("outside: " + said(element));
  }
  const pressed = [...document.querySelectorAll("a, button, input, textarea, summary")]
    .filter(isSeen).map((element) => [element, element.getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 0 && height > 0);
  for (const [at, [one, a]] of pressed.entries()) {
    for (const [other, b] of pressed.slice(at + 1)) {
      if (boxOf(one) !== boxOf(other)) continue;
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 1) found.push("over: " + said(one) + " and " + said(other));
    }
  }
  return found.slice(0, 10);
})()`;
