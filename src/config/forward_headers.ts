/** Which of a client's headers the upstream gets; a list holds names in lower case. */
export type ForwardHeaders = "all" | "none" | readonly string[];

export const FORWARD_HEADERS_WANTED = "all, none or a list of header names";

/** Returns undefined for what is none of that. */
export function parseForwardHeaders(input: unknown): ForwardHeaders | undefined {
  if (input === "all" || input === "none") return input;
  if (!Array.isArray(input)) return undefined;
  const isName = (name: unknown) => typeof name === "string" && HEADER_NAME.test(name);
  return input.every(isName) ? input.map((name) => String(name).toLowerCase()) : undefined;
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
