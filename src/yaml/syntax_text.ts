import type { ErrorCode } from "@std/yaml";

/**
 * Returns what is wrong, in words for people who know YAML from its look alone: "found X, wanted Y".
 * The library has one code for several mistakes, which its messages tell apart.
 */
export function yamlSyntaxText(code: ErrorCode, message: string): string {
  const texts = TEXTS[code];
  if (typeof texts === "string") return texts;
  const [, text] = texts.find(([pattern]) => pattern.test(message)) ?? texts[texts.length - 1];
  const [, character] = / ([@`%,|>[\]{}])(?: at line \d|$)/.exec(message) ?? [];
  return text.replace("<character>", character === undefined ? "a character" : `"${character}"`);
}

/** By what of the library's message tells them apart; the last is the one for all others. */
type Texts = string | readonly (readonly [pattern: RegExp, text: string])[];

const UNCLOSED_LIST =
  'found a list in brackets that does not end, wanted "]", and its lines indented further than its key';
const UNCLOSED_MAP =
  'found a map in braces that does not end, wanted "}", and its lines indented further than its key';

// Every code that there is: the compiler tells when the library has a new one.
const TEXTS: Readonly<Record<ErrorCode, Texts>> = {
  ALIAS_PROPS:
    'found an anchor or a tag before an alias, wanted the alias alone (a value that begins with "*" needs quotes)',
  BAD_ALIAS: [
    [/^Anchor/, 'found "&" without a good name after it, wanted quotes around the value'],
    [/^/, 'found "*" without a good name after it, wanted quotes around the value'],
  ],
  BAD_COLLECTION_TYPE: 'found a tag ("!") of another kind of value, wanted none',
  BAD_DIRECTIVE:
    'found a line that begins with "%" and is no directive, wanted a key (one that begins with "%" needs quotes)',
  BAD_DQ_ESCAPE:
    'found a backslash in double quotes that begins no escape, wanted "\\\\" for a backslash, or single quotes',
  BAD_INDENT: [
    [/^Flow sequence/, UNCLOSED_LIST],
    [/^Flow map/, UNCLOSED_MAP],
    [
      /^Block scalar/,
      'found a text below "|" or ">" that is not indented with spaces, wanted it further in than its key',
    ],
    [
      /^/,
      "found a line that is indented unlike those it belongs to, wanted keys of a map, and items of a list, below each other",
    ],
  ],
  BAD_PROP_ORDER: 'found an anchor or a tag before "-", "?" or ":", wanted it after that',
  BAD_SCALAR_START: [
    [/^/, "found a value that begins with <character>, wanted quotes around it"],
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    [/^A block sequence/, "found a list in the place of a key, wanted a name"],
    [
      /^/,
      'found a key after another key or a value, wanted each key on its own line and below its neighbours, or quotes around a value with ": "',
    ],
  ],
  BLOCK_IN_FLOW:
    'found "key: value" or "- item" in brackets or braces without a comma before it, wanted a comma, or quotes around a value with ": "',
  DUPLICATE_KEY: "found a key that is there already, wanted each key of a map once",
  IMPOSSIBLE: "found a text that cannot be read, wanted keys and values",
  KEY_OVER_1024_CHARS: "found a key of more than 1024 characters, wanted a shorter one",
  MISSING_CHAR: [
    [
      /closing "quote/,
      "found a text in double quotes that does not end, wanted a closing double quote",
    ],
    [
      /closing 'quote/,
      "found a text in single quotes that does not end, wanted a closing single quote",
    ],
    [/^Comments/, 'found "#" right after a value, wanted a space before it'],
    [
      /^Sequence item/,
      'found a line without "- " in a list, wanted "- " before each item, or the line at its key\'s indentation',
    ],
    [/^Implicit map keys/, 'found a line without ":" among keys, wanted "key: value"'],
    [/^Missing , between/, 'found two values without "," between them, wanted one'],
    [/^Missing , or :/, 'found two texts without "," or ":" between them, wanted one of these'],
    [/^Missing space/, 'found ":" right before a value, wanted a space between them'],
    [
      /irectives-end/,
      'found keys or a directive on the line of "---" or without one, wanted "---" on a line of its own',
    ],
    [
      /^Block scalars with/,
      "found blank lines at the beginning of a text that are indented further than it, wanted them empty",
    ],
    [/^Missing newline/, 'found an anchor or a tag before "- ", wanted it on the line above'],
    [
      /^Tags and anchors/,
      "found an anchor or a tag right before something else, wanted a space after it",
    ],
    [/^Flow map|end with a \}/, UNCLOSED_MAP],
    [/^Flow sequence|end with a \]/, UNCLOSED_LIST],
    [/^/, "found too few characters, wanted what ends the value or parts it from the next"],
  ],
  MULTILINE_IMPLICIT_KEY: [
    [
      /flow sequence/,
      'found a key that goes on on the next line, or "- ", in brackets, wanted values with commas between them',
    ],
    [
      /^/,
      'found a line that is neither "key: value" nor, in a list, "- item", wanted one of them, with a space after ":" and "-"',
    ],
  ],
  MULTIPLE_ANCHORS: 'found two anchors ("&") of one value, wanted one',
  MULTIPLE_DOCS: 'found a second document after "---", wanted one',
  MULTIPLE_TAGS: 'found two tags ("!") of one value, wanted none',
  NON_STRING_KEY: "found a list or a map in the place of a key, wanted a name",
  RESOURCE_EXHAUSTION: "found lists or maps that are nested too deeply",
  TAB_AS_INDENT: "found a tab in the indentation, wanted spaces",
  TAG_RESOLVE_FAILED:
    'found a tag ("!") that is not known, wanted none (a value that begins with "!" needs quotes)',
  UNEXPECTED_TOKEN: [
    [/^Unexpected (?:,|empty item)/, 'found "," without a value before it, wanted a value'],
    [/^Block scalar header/, 'found text right after "|" or ">", wanted it on the lines below'],
    [
      /flow-seq-end/,
      'found "]" where no list in brackets is open, wanted a key or an item (a value with "]" needs quotes)',
    ],
    [
      /flow-map-end/,
      'found "}" where no map in braces is open, wanted a key or an item (a value with "}" needs quotes)',
    ],
    [
      /block-seq-ind/,
      'found "-" on the line of a key, wanted the list on the lines below, or quotes around a value that begins with "-"',
    ],
    [
      /^/,
      "found something after a value that has ended, wanted the next key or item on a line of its own, below its neighbours",
    ],
  ],
};
