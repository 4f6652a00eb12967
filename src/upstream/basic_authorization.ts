/** The Authorization header that a URL's user and password stand for; undefined without them. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${basicPair(percentDecoded(username), percentDecoded(password))}`;
}

/** User and password as they stand behind `Basic`. */
export function basicPair(username: string, password: string): string {
  const pair = new TextEncoder().encode(`${username}:${password}`);
  return btoa(String.fromCharCode(...pair));
}

/** A lone percent sign stands for itself. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
