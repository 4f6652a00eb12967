// Writes what Weir has of Go's Unicode tables, so that rules mean what they mean to Prometheus:
//
//	GOTOOLCHAIN=go1.27.0 go run scripts/unicode_tables.go
//
// with the Go that current Prometheus is built with (its .promu.yml says which). From package
// unicode come src/relabel/unicode_tables.ts and src/regex/class_names.ts; from regexp/syntax and
// strings the answers that test/regex/unicode_test.ts holds Weir against.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp/syntax"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const surrogates, afterSurrogates = 0xd800, 0xe000

func main() {
	write("src/relabel/unicode_tables.ts", ruleTables())
	write("src/regex/class_names.ts", classNames())
	answers, err := json.MarshalIndent(answers(), "", " ")
	if err != nil {
		panic(err)
	}
	write("test/regex/data/unicode.json", string(answers)+"\n")
}

func write(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		panic(err)
	}
}

func header() string {
	return "// Written by scripts/unicode_tables.go with " + runtime.Version() + ": do not edit.\n\n"
}

func ruleTables() string {
	return header() +
		"/** The version of Unicode that these tables are of. */\n" +
		fmt.Sprintf("export const UNICODE_VERSION = %q;\n\n", unicode.Version) +
		"/** The Go whose package unicode they come from. */\n" +
		fmt.Sprintf("export const GO_VERSION = %q;\n\n", runtime.Version()) +
		"/**\n * Letters and what their upper case is, in runs: how far the first letter is behind that of the run\n" +
		" * before, how many letters there are times 2 (plus 1 where it is each second one), and how far each\n" +
		" * one's upper case is; in base 36.\n */\n" +
		"export const UPPER =\n  \"" + runs(unicode.ToUpper) + "\";\n\n" +
		"/** The same for lower case. */\nexport const LOWER =\n  \"" + runs(unicode.ToLower) + "\";\n\n" +
		"/** Letters and digits, as runs that go 1 far: what names in templates are made of. */\n" +
		"export const NAME_LETTERS =\n  \"" + runs(afterNameLetter) + "\";\n"
}

func afterNameLetter(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r + 1
	}
	return r
}

func runs(mapped func(rune) rune) string {
	var text []string
	var last rune
	done := map[rune]bool{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		by := mapped(r) - r
		if by == 0 || done[r] {
			continue
		}
		count, stride := length(mapped, r, 1), rune(1)
		if alternate := length(mapped, r, 2); alternate > count {
			count, stride = alternate, 2
		}
		for i := rune(0); i < count; i++ {
			done[r+i*stride] = true
		}
		text = append(text, strings.Join([]string{base36(r - last), base36(count*2 + stride - 1), base36(by)}, ","))
		last = r
	}
	return strings.Join(text, " ")
}

// length says how many letters from r on, each stride'th, are mapped as far; none between them is.
func length(mapped func(rune) rune, r, stride rune) rune {
	by := mapped(r) - r
	count := rune(1)
	for ; mapped(r+count*stride)-(r+count*stride) == by; count++ {
		if stride == 2 && mapped(r+count*2-1) != r+count*2-1 {
			break
		}
	}
	return count
}

func base36(r rune) string { return strconv.FormatInt(int64(r), 36) }

func classNames() string {
	var aliases []string
	for alias, category := range unicode.CategoryAliases {
		aliases = append(aliases, alias+":"+category)
	}
	slices.Sort(aliases)
	return header() +
		"/** The names of Unicode's categories and scripts that Go's regexes know. */\n" +
		"export const CLASSES =\n  \"" + strings.Join(names(), " ") + "\";\n\n" +
		"/** Other names of categories, and what they stand for. */\n" +
		"export const CATEGORY_ALIASES =\n  \"" + strings.Join(aliases, " ") + "\";\n"
}

func names() []string {
	var names []string
	for name := range unicode.Categories {
		names = append(names, name)
	}
	for name := range unicode.Scripts {
		names = append(names, name)
	}
	slices.Sort(names)
	return append(names, "Any", "Ascii", "Assigned")
}

type unicodeAnswers struct {
	Go      string `json:"go"`
	Unicode string `json:"unicode"`
	// Of lines "<letter> <mapped>" in hex, for the letters that are mapped to another.
	Upper string `json:"upper"`
	Lower string `json:"lower"`
	// Of lines "<letter> <equals>" in hex, sorted, for the letters that equal others under (?i).
	Fold string `json:"fold"`
	// Of lines "<letter>" in hex, for letters and digits.
	NameLetters string `json:"nameLetters"`
	// By pattern, of "lo-hi" in hex, joined by commas.
	Classes map[string]string `json:"classes"`
	Refused []string          `json:"refused"`
}

func answers() unicodeAnswers {
	a := unicodeAnswers{Go: runtime.Version(), Unicode: unicode.Version, Classes: map[string]string{}}
	a.Upper, a.Lower = hashOf(strings.ToUpper), hashOf(strings.ToLower)
	var nameLetters strings.Builder
	letters(func(r rune) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			fmt.Fprintf(&nameLetters, "%x\n", r)
		}
	})
	a.NameLetters = sum(nameLetters.String())
	var folds strings.Builder
	letters(func(r rune) {
		equals := []rune{r}
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			equals = append(equals, other)
		}
		if len(equals) == 1 {
			return
		}
		slices.Sort(equals)
		fmt.Fprintf(&folds, "%x", r)
		for _, other := range equals {
			fmt.Fprintf(&folds, " %x", other)
		}
		folds.WriteString("\n")
	})
	a.Fold = sum(folds.String())

	patterns := []string{`\pL`, `\PL`, `\pl`, `\pz`, `\pN`, `\p{latin}`, `\p{ OLD-italic_ }`, `\p{lc}`, `\p{CN}`, `\p{assigned}`, `\p{^any}`, `\p{ASCII}`, `[\p{Letter}0-9]`, `[^\p{decimal number}]`, `(?i)[\p{Lu}_]`, `(?i)[^\p{Ll}]`}
	for _, name := range names() {
		patterns = append(patterns, `\p{`+name+`}`, `\P{`+name+`}`, `\p{^`+name+`}`, `(?i)\p{`+name+`}`, `(?i)\P{`+name+`}`)
	}
	for alias := range unicode.CategoryAliases {
		patterns = append(patterns, `\p{`+alias+`}`)
	}
	for _, pattern := range patterns {
		ranges, err := class(pattern)
		if err != nil {
			panic(err)
		}
		a.Classes[pattern] = sum(ranges)[:16]
	}
	others := []string{`\p{}`, `\p`, `\p{Lu`, `\pé`, `\p{é}`, `\p{^}`, `\p{^^Lu}`, `\p{IsGreek}`, `\p{L&}`, `\p{Script=Latin}`, `\p{Latn}`, `\p{Zzzz}`, `\p{Unknown}`, `\p{Lowercase}`, `\p{Uppercase}`, `\p{Emoji}`, `\p{Emoji_Component}`, `\p{Emoji_Modifier}`, `\p{Emoji_Modifier_Base}`, `\p{Emoji_Presentation}`, `\p{Extended_Pictographic}`, `\p{Math}`, `\p{Alphabetic}`, `\p{LL&}`}
	for name := range unicode.Properties {
		others = append(others, `\p{`+name+`}`)
	}
	for _, pattern := range others {
		if _, err := class(pattern); err != nil {
			a.Refused = append(a.Refused, pattern)
		}
	}
	slices.Sort(a.Refused)
	return a
}

func letters(each func(rune)) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r < surrogates || r >= afterSurrogates {
			each(r)
		}
	}
}

func hashOf(mapped func(string) string) string {
	var lines strings.Builder
	letters(func(r rune) {
		if to := mapped(string(r)); to != string(r) {
			fmt.Fprintf(&lines, "%x %x\n", r, []rune(to)[0])
		}
	})
	return sum(lines.String())
}

func class(pattern string) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", err
	}
	var runes []rune
	switch re.Op {
	case syntax.OpCharClass:
		runes = re.Rune
	case syntax.OpAnyChar:
		runes = []rune{0, unicode.MaxRune}
	case syntax.OpNoMatch:
	case syntax.OpLiteral:
		runes = []rune{re.Rune[0], re.Rune[0]}
	default:
		return "", fmt.Errorf("%s is no class", pattern)
	}
	var ranges []string
	for i := 0; i < len(runes); i += 2 {
		ranges = append(ranges, fmt.Sprintf("%x-%x", runes[i], runes[i+1]))
	}
	return strings.Join(ranges, ","), nil
}

func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}
