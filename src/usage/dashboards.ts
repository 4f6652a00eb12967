import { isObject, type JsonMap, listOf, textAt } from "./document_parts.ts";
import { onlyLabels } from "./label_need.ts";
import type { VariableValues } from "./template_variables.ts";
import type { UseCollector } from "./use_collector.ts";
import type { PlaceKind, UsePlace } from "./used_document.ts";

/** Whether it is a Grafana dashboard, or what Grafana's API or an export has one in. */
export function isDashboard(value: unknown): value is JsonMap {
  if (!isObject(value)) return false;
  if (isObject(value.dashboard)) return isDashboard(value.dashboard);
  if (isObject(value.spec) && isObject(value.spec.elements)) return true;
  return ["panels", "rows"].some((key) => Array.isArray(value[key])) ||
    isObject(value.templating) ||
    isObject(value.elements);
}

/**
 * Adds what panels, variables and annotations read, wherever they stand: in rows, in library panels,
 * in the second version of the format. Queries to what is no Prometheus are left out.
 */
export function readDashboard(value: JsonMap, source: string, uses: UseCollector): void {
  if (isObject(value.dashboard)) return readDashboard(value.dashboard, source, uses);
  const title = textAt(value, "title") ?? textAt(value.spec, "title") ?? source;
  new DashboardReader(title, source, variableValues(value), uses).read(value, {
    kind: "panel",
    name: undefined,
    isPrometheus: true,
  });
}

interface Context {
  readonly kind: PlaceKind;
  readonly name: string | undefined;
  /** Of what an element above it says. */
  readonly isPrometheus: boolean;
}

class DashboardReader {
  readonly #title: string;
  readonly #source: string;
  readonly #variables: VariableValues;
  readonly #uses: UseCollector;

  constructor(title: string, source: string, variables: VariableValues, uses: UseCollector) {
    this.#title = title;
    this.#source = source;
    this.#variables = variables;
    this.#uses = uses;
  }

  read(value: unknown, context: Context): void {
    if (Array.isArray(value)) {
      for (const item of value) this.read(item, context);
      return;
    }
    if (!isObject(value)) return;
    const isPrometheus = isPrometheusSource(value) ?? context.isPrometheus;
    const name = textAt(value, "title") ?? context.name;
    const here = { ...context, isPrometheus, name };
    if (isPrometheus && typeof value.expr === "string" && value.expr.trim() !== "") {
      this.#uses.expression(value.expr, {
        place: this.#place(here.kind, textAt(value, "name") ?? name),
        variables: this.#variables,
      });
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === "templating" || key === "variables") this.#readVariables(child);
      else if (key === "annotations") this.read(child, { ...here, kind: "annotation" });
      else this.read(child, here);
    }
    this.#missingLibraryPanel(value, name);
  }

  #readVariables(list: unknown): void {
    for (const entry of Array.isArray(list) ? list : listOf(list, "list")) {
      if (!isObject(entry)) continue;
      // The second version has it in a spec.
      const variable = isObject(entry.spec) ? entry.spec : entry;
      if (isPrometheusSource(variable) === false) continue;
      const name = textAt(variable, "name");
      for (const query of variableQueries(variable)) this.#readVariable(query, name);
    }
  }

  /** Of `label_values`, `metrics` and `query_result`; others are expressions. */
  #readVariable(query: string, name: string | undefined): void {
    const place = { ...this.#place("variable", name), expression: query };
    const [, call, inner = ""] = /^\s*(\w+)\s*\((.*)\)\s*$/s.exec(query) ?? [];
    if (call === "label_names") return;
    if (call === "metrics") {
      const value = `.*(?:${inner.trim()}).*`;
      this.#uses.use(
        { matchers: [{ label: "__name__", op: "=~", value }], needs: onlyLabels([]) },
        place,
      );
      return;
    }
    if (call === "label_values") {
      const at = inner.lastIndexOf(",");
      // Without a metric it lists the values that all have, and wants none for that alone.
      if (at < 0) return;
      const label = inner.slice(at + 1).trim();
      this.#uses.expression(inner.slice(0, at), {
        place: this.#place("variable", name),
        variables: this.#variables,
        needs: /^\w+$/.test(label) ? onlyLabels([label]) : undefined,
      });
      return;
    }
    const expression = call === "query_result" ? inner : query;
    this.#uses.expression(expression, {
      place: this.#place("variable", name),
      variables: this.#variables,
    });
  }

  /** A library panel is named, and stands somewhere else. */
  #missingLibraryPanel(value: JsonMap, name: string | undefined): void {
    const { libraryPanel } = value;
    if (!isObject(libraryPanel) || Array.isArray(value.targets) || isObject(libraryPanel.model)) {
      return;
    }
    const panel = textAt(libraryPanel, "name") ?? textAt(libraryPanel, "uid") ?? name;
    this.#uses.unread({
      ...this.#place("panel", panel),
      error: "a library panel that is not in the file",
    });
  }

  #place(kind: PlaceKind, name: string | undefined): UsePlace {
    return { source: this.#source, kind, name, in: this.#title };
  }
}

/** Undefined where it says nothing; a variable may be any. */
function isPrometheusSource({ datasource, group }: JsonMap): boolean | undefined {
  const type = isObject(datasource) ? textAt(datasource, "type") : undefined;
  if (type !== undefined) {
    return type === "prometheus" || type.startsWith("$") || type === "datasource";
  }
  if (
    typeof datasource === "string" && /loki|tempo|elastic|influx|graphite|sql/i.test(datasource)
  ) {
    return false;
  }
  return typeof group === "string" && OTHER_GROUPS.has(group) ? false : undefined;
}

const OTHER_GROUPS: ReadonlySet<string> = new Set(["loki", "tempo", "elasticsearch", "influxdb"]);

function variableQueries(variable: JsonMap): string[] {
  const { query, definition } = variable;
  const isQuery = variable.type === undefined || variable.type === "query" || isObject(query);
  if (!isQuery) return [];
  const nested = isObject(query) && isObject(query.spec) ? query.spec : query;
  const text = typeof query === "string"
    ? query
    : textAt(nested, "query") ?? textAt(nested, "expr");
  const found = text ?? (typeof definition === "string" ? definition : undefined);
  return found === undefined || found.trim() === "" ? [] : [found];
}

/** Those that a dashboard lists itself; what a query fills can have any value. */
function variableValues(dashboard: JsonMap): VariableValues {
  const spec = isObject(dashboard.spec) ? dashboard.spec : dashboard;
  const list = [...listOf(spec.templating, "list"), ...listOf(spec, "variables")];
  const values = new Map<string, readonly string[]>();
  for (const entry of list) {
    const variable = isObject(entry) && isObject(entry.spec) ? entry.spec : entry;
    if (!isObject(variable)) continue;
    const name = textAt(variable, "name");
    const type = textAt(variable, "type") ?? kindOf(entry);
    if (name === undefined || !LISTED_TYPES.has(type)) continue;
    if (variable.includeAll === true || variable.allowCustomValue === true) continue;
    const own = listOf(variable, "options").flatMap((option) => textAt(option, "value") ?? []);
    const written = (textAt(variable, "query") ?? "").split(",").map((text) =>
      text.trim().replace(/^.* : /, "")
    );
    const known = own.length > 0 ? own : written;
    if (known.length > 0 && !known.includes("$__all")) values.set(name, known);
  }
  return values;
}

const LISTED_TYPES: ReadonlySet<string> = new Set([
  "custom",
  "constant",
  "CustomVariable",
  "ConstantVariable",
]);

function kindOf(entry: unknown): string {
  return textAt(entry, "kind") ?? "";
}
