/**
 * Returns where JSON text first breaks the grammar of RFC 8259 or has a key again (an offset in UTF-16
 * units) and what could have stood there, or undefined for valid text. The runtimes' own messages
 * differ, one gives no position, and both may quote the text, which can hold secrets; neither minds a
 * key that is there twice, of which JSON.parse forgets the first.
 */
export function jsonSyntaxError(text: string): { offset: number; wanted: string } | undefined {
  let offset = 0;
  try {
    value();
    space();
    if (offset < text.length) fail("the end of the file");
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { offset, wanted: error.message };
  }

  function fail(wanted: string): never {
    throw new SyntaxError(wanted);
  }

  function space(): void {
    while (offset < text.length && " \t\r\n".includes(text[offset])) offset++;
  }

  function take(character: string): boolean {
    if (text[offset] !== character) return false;
    offset++;
    return true;
  }

  function value(): void {
    space();
    if (take("{")) return object();
    if (take("[")) return members("]", value, "a value");
    if (text[offset] === '"') return string();
    SCALAR.lastIndex = offset;
    const scalar = SCALAR.exec(text);
    if (scalar === null) fail("a value");
    offset = SCALAR.lastIndex;
  }

  function members(end: string, read: () => void, wanted: string): void {
    space();
    if (take(end)) return;
    do {
      space();
      if (text[offset] === end) fail(wanted);
      read();
      space();
    } while (take(","));
    if (!take(end)) fail(`"," or "${end}"`);
  }

  function object(): void {
    const keys = new Set<string>();
    members("}", () => member(keys), "a key in double quotes");
  }

  function member(keys: Set<string>): void {
    if (text[offset] !== '"') fail("a key in double quotes");
    const start = offset;
    string();
    const key = JSON.parse(text.slice(start, offset));
    if (keys.has(key)) {
      offset = start;
      fail("a key that is not there yet");
    }
    keys.add(key);
    space();
    if (!take(":")) fail('":"');
    value();
  }

  function string(): void {
    offset++;
    while (!take('"')) {
      if (offset >= text.length || text[offset] < " ") fail("a closing double quote");
      if (!take("\\")) offset++;
      else if (take("u")) hexDigits();
      else if (offset < text.length && '"\\/bfnrt'.includes(text[offset])) offset++;
      else fail('an escape such as \\n or \\"');
    }
  }

  function hexDigits(): void {
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-f]/i.test(text[offset] ?? "")) fail("four hexadecimal digits");
      offset++;
    }
  }
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
