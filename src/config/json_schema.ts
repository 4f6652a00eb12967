import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { RELABEL_ACTIONS } from "../relabel/actions.ts";
import { RELABEL_KEYS } from "../relabel/read_relabel_configs.ts";
import { KEY_DESCRIPTIONS } from "./key_descriptions.ts";
import { CONFIG_SCHEMA, IGNORED_KEYS } from "./schema.ts";
import { formOfSchema } from "./schema_values.ts";

/** A JSON Schema that is taken apart and put together. */
export type Json = { [key: string]: unknown };

type Descriptions = Readonly<Record<string, string>>;

/**
 * Returns the JSON Schema of a config file, for editors: what the file may say is in the words that the
 * schema has, what excludes what and what only code can tell is left to `weir check`. Draft 07, the
 * newest that YAML's and JSON's language servers have whole.
 */
export function configJsonSchema(): Json {
  const { $schema, ...schema } = jsonSchemaOf(CONFIG_SCHEMA);
  const properties = schema.properties as Record<string, Json>;
  properties.$schema = { type: "string", description: "this schema, for editors" };
  for (const path of IGNORED_KEYS) ignored(schema, path.split("."));
  const { items } = properties.policy_providers as { items: { oneOf: Json[] } };
  items.oneOf = items.oneOf.filter(({ properties }) => !isOff(properties as Json));
  for (const provider of items.oneOf) describe(provider, KEY_DESCRIPTIONS.provider);
  const route = (properties.routes as { items: Json }).items;
  for (const owner of [schema, route]) {
    const keys = owner.properties as Record<string, Json>;
    Object.assign(keys, { metric_relabel_configs: rules(), subsets: subsets() });
    describe(owner, KEY_DESCRIPTIONS.file);
    plainUrls(keys.upstreams);
  }
  describe(aggregationRule(properties.aggregation), KEY_DESCRIPTIONS.aggregation);
  return { $schema, title: "Configuration of Weir", ...schema };
}

/** Returns the JSON Schema of a relabel file: a map with subsets, or a list. */
export function relabelJsonSchema(): Json {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Relabel file of Weir",
    definitions: { rules: rules() },
    anyOf: [
      { $ref: "#/definitions/rules" },
      {
        type: "object",
        required: ["metric_relabel_configs"],
        propertyNames: { pattern: "^[A-Za-z0-9_.-]+$" },
        additionalProperties: { $ref: "#/definitions/rules" },
      },
    ],
  };
}

/** Returns the JSON Schema of any schema that is made of `schema_values.ts`. */
export function jsonSchemaOf(schema: GenericSchema): Json {
  return toJsonSchema(schema, {
    target: "draft-07",
    typeMode: "input",
    errorMode: "ignore",
    overrideSchema: ({ valibotSchema }) =>
      (formOfSchema(valibotSchema) ?? scalarText(valibotSchema)) as JsonSchema | undefined,
  }) as Json;
}

/** A scalar without quotes is a text in YAML, whatever it looks like. */
function scalarText({ type }: { readonly type: string }): Json | undefined {
  return type === "string" ? { type: ["string", "number", "boolean"] } : undefined;
}

const TEXT = { type: ["string", "number", "boolean", "null"] };

/** `metric_relabel_configs`: what Prometheus says of its rules is told when they are read. */
export function rules(): Json {
  const special: Readonly<Record<string, Json>> = {
    source_labels: { type: ["array", "null"], items: TEXT },
    modulus: { type: ["integer", "null"], minimum: 0 },
    action: { anyOf: [{ enum: [...RELABEL_ACTIONS] }, { type: "string", pattern: "[A-Z]" }] },
  };
  const properties = Object.fromEntries(RELABEL_KEYS.map((key) => [key, special[key] ?? TEXT]));
  return {
    type: ["array", "null"],
    items: { type: "object", properties, additionalProperties: false },
  };
}

function subsets(): Json {
  return {
    type: "object",
    propertyNames: { pattern: "^[A-Za-z0-9_.-]+$" },
    additionalProperties: rules(),
  };
}

/** Puts what each key means beside it, of keys in maps too. */
function describe(schema: Json, texts: Descriptions, at = ""): void {
  for (const [key, child] of Object.entries(schema.properties as Record<string, Json> ?? {})) {
    const text = texts[`${at}${key}`];
    if (text !== undefined) child.description = text;
    describe(child, texts, `${at}${key}.`);
  }
}

/** An upstream may be its URL alone. */
function plainUrls(upstreams: Json): void {
  const entry = upstreams.items as Json;
  describe(entry, KEY_DESCRIPTIONS.upstream);
  upstreams.items = { anyOf: [{ type: "string" }, entry] };
}

/** Keys of Edge's other distributions, which may say anything. */
function ignored(schema: Json, [key, ...rest]: readonly string[]): void {
  const properties = schema.properties as Record<string, Json>;
  if (rest.length > 0) ignored(properties[key], rest);
  else properties[key] = { description: "belongs to other distributions of Edge, and is ignored" };
}

function isOff(properties: Json): boolean {
  return (properties.type as { const?: unknown }).const === "off";
}

function aggregationRule(aggregation: Json): Json {
  const { rules } = aggregation.properties as Record<string, { items: Json }>;
  return rules.items;
}
