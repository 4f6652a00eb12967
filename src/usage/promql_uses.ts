import { parser } from "@prometheus-io/lezer-promql";
import type { SyntaxNode } from "@lezer/common";
import {
  ALL_LABELS,
  allLabelsBut,
  commonNeed,
  joinedNeed,
  type LabelNeed,
  NO_LABELS,
  onlyLabels,
} from "./label_need.ts";
import { promqlString } from "./promql_string.ts";
import type { LabelMatcher, SeriesUse } from "./series_use.ts";
import {
  type ExpandedExpression,
  expandVariables,
  hasVariable,
  isVariable,
  patternOf,
  type VariableValues,
} from "./template_variables.ts";

/** What an expression reads, or why that is not known. */
export type ExpressionUses =
  | { readonly uses: readonly SeriesUse[] }
  | { readonly error: string };

/**
 * Returns what a PromQL expression reads, each selector by itself. `variables`: the values that a
 * dashboard's variables can have. `needs`: which labels of the result count; all of them, where a
 * table or the legend of a graph shows it.
 */
export function promqlUses(
  expression: string,
  variables: VariableValues = new Map(),
  needs: LabelNeed = ALL_LABELS,
): ExpressionUses {
  const expanded = expandVariables(expression, variables);
  const { topNode } = parser.parse(expanded.text);
  const error = firstError(topNode, expanded.text);
  if (error !== undefined) return { error };
  const walk = new Walk(expanded);
  for (const node of children(topNode)) walk.visit(node, needs, true);
  return { uses: walk.uses };
}

/** Of their argument, sums over the series that are not told apart come to the same. */
const ADDITIVE_FUNCTIONS: ReadonlySet<string> = new Set([
  "rate",
  "increase",
  "irate",
  "delta",
  "idelta",
  "deriv",
  "predict_linear",
  "avg_over_time",
  "sum_over_time",
  "last_over_time",
  "first_over_time",
  "histogram_count",
  "histogram_sum",
]);

/** Their result tells whether there are series, and of equality matchers which. */
const ABSENCE: ReadonlySet<string> = new Set(["absent", "absent_over_time"]);

/** Nodes that have one expression in them and leave its values as they are. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "ParenExpr",
  "StepInvariantExpr",
  "OffsetExpr",
  "MatrixSelector",
  "SubqueryExpr",
  "AnchoredExpr",
  "SmoothedExpr",
  "UnaryExpr",
]);

/** From the root to the selectors, with what is needed of the labels of what a node gives. */
class Walk {
  readonly uses: SeriesUse[] = [];
  readonly #expanded: ExpandedExpression;

  constructor(expanded: ExpandedExpression) {
    this.#expanded = expanded;
  }

  /** `keepsNames`: what is above it takes series as they are, names of metrics and all. */
  visit(node: SyntaxNode, need: LabelNeed, keepsNames = false): void {
    if (WRAPPERS.has(node.name)) {
      const keeps = keepsNames && node.name !== "UnaryExpr";
      for (const child of children(node)) this.visit(child, need, keeps);
    } else if (node.name === "VectorSelector") this.#visitSelector(node, need, keepsNames);
    else if (node.name === "AggregateExpr") this.#visitAggregate(node, need);
    else if (node.name === "FunctionCall") this.#visitCall(node, need);
    else if (node.name === "BinaryExpr") this.#visitBinary(node, need);
  }

  #visitAggregate(node: SyntaxNode, need: LabelNeed): void {
    const operator = textOf(child(node, "AggregateOp")!, this.#text).toLowerCase();
    const given = this.#grouping(child(node, "AggregateModifier"));
    // What another sum adds up again need not be told apart before.
    const groups = operator === "sum"
      ? commonNeed(given, need)
      : operator === "group"
      ? given
      : ALL_LABELS;
    const values = expressions(child(node, "FunctionCallBody"));
    for (const [index, value] of values.entries()) {
      const isSeries = index === values.length - 1;
      if (!isSeries && this.#isNumber(value)) {
        this.#visitNumber(value);
        continue;
      }
      // `group` says of a group that it is there, `count` of how many series it is.
      const isExistence = operator === "group" || operator === "count";
      if (isExistence && isSeries) this.#visitExistence(value, groups);
      else this.visit(value, isSeries ? groups : ALL_LABELS, true);
    }
  }

  /** Labels of `by` and `without`; nothing of both: no label. A variable may be any label. */
  #grouping(modifier: SyntaxNode | null): LabelNeed {
    if (modifier === null) return NO_LABELS;
    const labels = this.#labelsOf(child(modifier, "GroupingLabels"));
    if (labels === undefined) return ALL_LABELS;
    return child(modifier, "By") === null ? allLabelsBut(labels) : onlyLabels(labels);
  }

  /** Undefined where one of them is a variable. */
  #labelsOf(list: SyntaxNode | null): readonly string[] | undefined {
    const labels = list === null ? [] : children(list).map((label) => this.#labelName(label));
    return labels.some((label) => hasVariable(label, this.#expanded)) ? undefined : labels;
  }

  #labelName(node: SyntaxNode): string {
    return node.name === "QuotedLabelName" || node.name === "StringLiteral"
      ? promqlString(textOf(node, this.#text))
      : textOf(node, this.#text);
  }

  #visitCall(node: SyntaxNode, need: LabelNeed): void {
    const name = textOf(child(node, "FunctionIdentifier")!, this.#text);
    const values = expressions(child(node, "FunctionCallBody"));
    if (ABSENCE.has(name)) {
      return this.#visitEach(values, (value) => this.#visitExistence(value, NO_LABELS));
    }
    if (name === "info") return this.#visitInfo(values);
    if (!ADDITIVE_FUNCTIONS.has(name)) need = ALL_LABELS;
    this.#visitEach(values, (value) => {
      if (this.#isNumber(value)) this.#visitNumber(value);
      else this.visit(value, need);
    });
  }

  #visitEach(values: readonly SyntaxNode[], visit: (value: SyntaxNode) => void): void {
    for (const value of values) visit(value);
  }

  /** Its second argument says what is added, of `target_info` unless it names another metric. */
  #visitInfo(values: readonly SyntaxNode[]): void {
    const before = this.uses.length;
    for (const value of values.slice(1)) this.visit(value, ALL_LABELS);
    const added = this.uses.splice(before);
    if (added.length === 0) added.push({ matchers: [], needs: ALL_LABELS });
    for (const { matchers } of added) {
      const isNamed = matchers.some(({ label }) => label === NAME);
      const names = isNamed ? matchers.filter(({ label }) => label === NAME) : [TARGET_INFO];
      this.uses.push({ matchers: names, needs: ALL_LABELS });
    }
    if (values[0] !== undefined) this.visit(values[0], ALL_LABELS);
  }

  #visitBinary(node: SyntaxNode, need: LabelNeed): void {
    const parts = children(node);
    const left = parts[0];
    const right = parts.at(-1)!;
    const operator = parts.find(({ name }) => OPERATORS.has(name))?.name ?? "";
    const [isLeftNumber, isRightNumber] = [this.#isNumber(left), this.#isNumber(right)];
    if (isLeftNumber || isRightNumber) {
      const isAdditive = operator === "Mul" || (operator === "Div" && isRightNumber);
      for (const [side, isNumber] of [[left, isLeftNumber], [right, isRightNumber]] as const) {
        if (isNumber) this.#visitNumber(side);
        else this.visit(side, isAdditive ? need : ALL_LABELS);
      }
      return;
    }
    this.visit(left, ALL_LABELS);
    if (operator === "And" || operator === "Unless") {
      this.#visitExistence(right, this.#matching(child(node, "MatchingModifierClause")));
    } else this.visit(right, ALL_LABELS);
  }

  /** What `and` and `unless` compare of the labels. */
  #matching(clause: SyntaxNode | null): LabelNeed {
    if (clause === null) return ALL_LABELS;
    const labels = this.#labelsOf(child(clause, "GroupingLabels"));
    if (labels === undefined) return ALL_LABELS;
    return child(clause, "On") === null ? allLabelsBut(labels) : onlyLabels(labels);
  }

  /** Of a value it counts only that it is there. */
  #visitExistence(node: SyntaxNode, need: LabelNeed): void {
    if (node.name === "ParenExpr") {
      for (const inner of children(node)) this.#visitExistence(inner, need);
    } else if (node.name === "AggregateExpr" && this.#keepsGroups(node)) {
      const values = expressions(child(node, "FunctionCallBody"));
      const given = this.#grouping(child(node, "AggregateModifier"));
      this.#visitExistence(values.at(-1)!, commonNeed(given, need));
    } else this.visit(node, need);
  }

  /** Whether it gives one value for each group, whatever the values in it are. */
  #keepsGroups(node: SyntaxNode): boolean {
    const operator = textOf(child(node, "AggregateOp")!, this.#text).toLowerCase();
    return ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"].includes(operator);
  }

  /**
   * Whether it is a number and no series. Of a variable that stands alone beside series nobody knows;
   * a number is what dashboards have there.
   */
  #isNumber(node: SyntaxNode): boolean {
    switch (node.name) {
      case "NumberDurationLiteral":
      case "StringLiteral":
        return true;
      case "ParenExpr":
      case "UnaryExpr":
      case "StepInvariantExpr":
        return expressions(node).every((inner) => this.#isNumber(inner));
      case "BinaryExpr": {
        const parts = children(node);
        return this.#isNumber(parts[0]) && this.#isNumber(parts.at(-1)!);
      }
      case "FunctionCall":
        return NUMBER_FUNCTIONS.has(textOf(child(node, "FunctionIdentifier")!, this.#text));
      case "VectorSelector":
        return isVariable(textOf(node, this.#text), this.#expanded);
      default:
        return false;
    }
  }

  /** `scalar` has series in it. */
  #visitNumber(node: SyntaxNode): void {
    if (node.name === "FunctionCall") this.visit(node, ALL_LABELS);
    else for (const inner of expressions(node)) this.#visitNumber(inner);
  }

  #visitSelector(node: SyntaxNode, need: LabelNeed, keepsNames: boolean): void {
    const matchers: LabelMatcher[] = [];
    let isOneMetric = false;
    let isKnown = true;
    const named = (name: string) => {
      matchers.push(this.#nameMatcher(name));
      isOneMetric = true;
    };
    const identifier = child(node, "Identifier");
    if (identifier !== null) named(textOf(identifier, this.#text));
    for (const matcher of children(child(node, "LabelMatchers") ?? undefined)) {
      if (matcher.name === "QuotedLabelName") named(this.#labelName(matcher));
      else {
        const [label, op, value] = this.#partsOf(matcher);
        if (hasVariable(label, this.#expanded)) isKnown = false;
        else if (label === NAME && op === "=") named(value);
        else matchers.push(...this.#matcherOf(label, op, value));
      }
    }
    // Without their names series of two metrics must differ in something else.
    if (!(isOneMetric || keepsNames) || !isKnown) need = ALL_LABELS;
    const read = matchers.map(({ label }) => label).filter((label) => label !== NAME);
    this.uses.push({ matchers, needs: joinedNeed(need, onlyLabels(read)) });
  }

  #nameMatcher(name: string): LabelMatcher {
    return hasVariable(name, this.#expanded)
      ? { label: NAME, op: "=~", value: patternOf(name, this.#expanded) }
      : { label: NAME, op: "=", value: name };
  }

  #partsOf(node: SyntaxNode): [label: string, op: LabelMatcher["op"], value: string] {
    const [label, op, value] = children(node);
    return [
      this.#labelName(label),
      textOf(op, this.#text) as LabelMatcher["op"],
      promqlString(textOf(value, this.#text)),
    ];
  }

  /** None where it matches every series, whatever the label is. */
  #matcherOf(label: string, op: LabelMatcher["op"], value: string): LabelMatcher[] {
    if (!hasVariable(value, this.#expanded)) {
      const isEmpty = value === ".*" && op === "=~";
      return isEmpty ? [] : [{ label, op, value }];
    }
    // What a variable excludes is not known.
    if (op === "!=" || op === "!~") return [{ label, op: "=~", value: ".*" }];
    const asWritten = op === "=~" ? (part: string) => part : undefined;
    return [{ label, op: "=~", value: patternOf(value, this.#expanded, asWritten) }];
  }

  get #text(): string {
    return this.#expanded.text;
  }
}

const NUMBER_FUNCTIONS: ReadonlySet<string> = new Set(["time", "pi", "scalar"]);

const NAME = "__name__";
const TARGET_INFO: LabelMatcher = { label: NAME, op: "=", value: "target_info" };

const OPERATORS: ReadonlySet<string> = new Set([
  ...["Pow", "Mul", "Div", "Mod", "Atan2", "Add", "Sub"],
  ...["Eql", "EqlSingle", "Neq", "Gte", "Gtr", "Lte", "Lss", "And", "Or", "Unless"],
]);

/** Those that are values: no words, commas and modifiers. */
function expressions(node: SyntaxNode | null): SyntaxNode[] {
  return children(node ?? undefined).filter(({ name }) => VALUES.has(name));
}

const VALUES: ReadonlySet<string> = new Set([
  ...WRAPPERS,
  ...["VectorSelector", "AggregateExpr", "FunctionCall", "BinaryExpr"],
  ...["NumberDurationLiteral", "StringLiteral"],
]);

function firstError(top: SyntaxNode, text: string): string | undefined {
  let found: string | undefined;
  top.cursor().iterate((node) => {
    if (found !== undefined || !node.type.isError) return;
    const at = node.from;
    const rest = text.slice(at, at + 20);
    found = text.replace(/#.*/g, "").trim() === ""
      ? "it is empty"
      : rest === ""
      ? "it ends too early"
      : `not PromQL from ${JSON.stringify(rest)} on`;
  });
  return found;
}

function children(node: SyntaxNode | undefined): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let one = node?.firstChild ?? null; one !== null; one = one.nextSibling) found.push(one);
  return found;
}

function child(node: SyntaxNode, name: string): SyntaxNode | null {
  return node.getChild(name);
}

function textOf({ from, to }: SyntaxNode, text: string): string {
  return text.slice(from, to);
}
