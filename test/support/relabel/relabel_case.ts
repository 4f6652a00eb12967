/** One sample through some rules. Rules are YAML; labels are those with a value. */
export type RelabelCase = readonly [
  name: string,
  rules: string,
  input: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>> | "dropped",
  scheme?: "utf8" | "legacy",
];
