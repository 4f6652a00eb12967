import { treemap, type TreeNode } from "../../analyze/treemap.ts";
import { button, element } from "./dom.ts";
import { breakable, shortText } from "./foreign_text.ts";

/** What one area stands for. */
export interface Area {
  readonly name: string;
  readonly size: number;
  /** The size, to be read. */
  readonly figure: string;
  /** Where pressing it leads; undefined: nowhere. */
  readonly open?: () => void;
}

/** Areas beyond these are one: smaller ones cannot be told apart. */
const MOST_AREAS = 48;

/** Steps of the colour; the largest area has the last. */
const TONES = 5;

/**
 * Draws areas of the sizes given. It is one stop of the tab key; the arrow keys lead from area to
 * area, by size. The table below says the same.
 */
export class AreaMap {
  readonly element: HTMLElement = element("div", { class: "map", role: "group" });
  #areas: readonly Area[] = [];
  #width = 0;

  constructor() {
    new ResizeObserver(() => {
      if (this.element.clientWidth !== this.#width) void this.#draw();
    }).observe(this.element);
    this.element.addEventListener("keydown", (event) => this.#move(event));
  }

  show(title: string, areas: readonly Area[]): void {
    this.element.setAttribute("aria-label", title);
    this.#areas = limited(areas.filter(({ size }) => size > 0));
    this.element.hidden = this.#areas.length === 0;
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const areas = this.#areas;
    const { clientWidth: width, clientHeight: height } = this.element;
    this.#width = width;
    if (width === 0) return;
    const largest = Math.max(1, ...areas.map(({ size }) => size));
    // The layout gives names back, and they need not be unlike each other.
    const children = areas.map((area, index): TreeNode => ({
      name: String(index),
      size: area.size,
    }));
    const rectangles = await treemap({ name: "", size: 0, children }, width, height);
    if (areas !== this.#areas) return;
    const cells = rectangles.map(({ name, x0, y0, x1, y1 }) => {
      const area = areas[Number(name)];
      const tone = Math.min(TONES - 1, Math.floor(area.size / largest * TONES));
      const cell = area.open === undefined
        ? element("span", { class: `area tone-rest`, title: area.name })
        : button("", area.open, { class: `area tone-${tone}`, tabindex: -1 });
      const text = `${shortText(area.name, 200)}: ${area.figure}`;
      cell.setAttribute("aria-label", text);
      cell.title = text;
      const [w, h] = [x1 - x0, y1 - y0];
      for (const [key, value] of Object.entries({ left: x0, top: y0, width: w, height: h })) {
        cell.style.setProperty(key, `${value}px`);
      }
      label(cell, area, w, h);
      return cell;
    });
    this.element.replaceChildren(...cells);
    this.element.querySelector("button")?.setAttribute("tabindex", "0");
  }

  #move(event: KeyboardEvent): void {
    const cells = [...this.element.querySelectorAll("button")];
    const at = cells.indexOf(document.activeElement as HTMLButtonElement);
    const to = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: cells.length - 1,
    }[event.key];
    if (to === undefined || at < 0 || cells[to] === undefined) return;
    event.preventDefault();
    for (const [index, cell] of cells.entries()) cell.tabIndex = index === to ? 0 : -1;
    cells[to].focus();
  }
}

/** Height of a line of an area's name, and what its padding and its figure take. */
const LINE = 15;
const AROUND = 4;
const FIGURE = 16;

/** Writes into an area what it has room for. */
function label(cell: HTMLElement, area: Area, width: number, height: number): void {
  const lines = Math.floor((height - AROUND - FIGURE) / LINE);
  const isFlat = lines < 2;
  cell.classList.toggle("flat", isFlat);
  if (width <= 56 || height < LINE + AROUND) return;
  const shown = shortText(area.name, 120);
  const name = element("bdi", {}, isFlat ? shown : breakable(shown));
  name.style.setProperty("-webkit-line-clamp", String(lines));
  cell.append(name);
  if (lines > 0) cell.append(element("small", {}, area.figure));
}

function limited(areas: readonly Area[]): readonly Area[] {
  const ordered = areas.toSorted((a, b) => b.size - a.size);
  if (ordered.length <= MOST_AREAS) return ordered;
  const rest = ordered.slice(MOST_AREAS - 1);
  const size = rest.reduce((sum, area) => sum + area.size, 0);
  return [...ordered.slice(0, MOST_AREAS - 1), {
    name: `${rest.length} more`,
    size,
    figure: "see the table",
  }];
}
