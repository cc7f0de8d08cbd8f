package prompttext

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// injections are shapes of text that try to take a model over rather than to
// advise it. They are looked for after folding, so case, spacing, invisible
// characters and full-width letters don't hide them. The list raises the cost
// of an attack, it does not end it: remembered text is marked as data in every
// prompt besides.
var injections = []struct {
	what    string
	pattern *regexp.Regexp
	hints   []string          // one of them is in every text that the pattern matches
	may     func(string) bool // or this is true of it
}{
	{"it tells the reader to disregard its instructions", regexp.MustCompile(
		`\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(instructions?|prompts?|guidelines|guardrails?|safety)\b` +
			`|\b(ignore|disregard|forget) (all |everything )?(of )?(the |that is |that was |from )?(above|before)\b` +
			`|\b(ignore|disregard|override|break|bypass) (all |any )?(of )?(the |your |these |other |previous |prior )*rules\b`), []string{"ignore", "disregard", "forget", "override", "bypass", "break"}, nil},
	{"it speaks about the prompt", regexp.MustCompile(
		`\b(system|developer|hidden|initial) (prompt|message)s?\b|\b(reveal|print|repeat|leak) (your|the) (prompt|instructions)\b`), []string{"prompt", "message", "instruction"}, nil},
	{"it gives the reader another part to play", regexp.MustCompile(
		`\byou are now\b|\bact as (an?|the) (admin|administrator|root|developer|unrestricted)\b|\bpretend (to be|you are)\b|\bnew instructions?\b|\bjailbreak|\bfrom now on,? you\b|\bobey (only me|me only|nobody else)\b`),
		[]string{"you are now", "act as", "pretend", "new instruction", "jailbreak", "from now on", "obey "}, nil},
	{"it imitates the marks of a conversation", regexp.MustCompile(
		`<\|?/? ?(im_start|im_end|system|assistant|user|endoftext|eot_id|begin_of_text|start_header_id)\b|\[/?inst\]|<</?sys>>|(^|\n|[.!?;] ?)#* ?(system|assistant|developer) ?:|(^|\n) ?#* ?(human|instructions?) ?:` +
			`|(^|\n|[.!?;] ?)#+ ?(system|assistant|developer|instructions?)\b|\[ ?(system|assistant|developer) ?\]|</?(tool_call|function_call|think)>`),
		[]string{"<", "[", "system", "assistant", "developer", "human", "instruction"}, nil},
	{"it imitates the call of a tool", regexp.MustCompile(
		`"(tool|tool_calls?|tool_use|function|function_call|arguments|parameters)" ?:|<(function|invoke|parameter|tool)[ =>]|\baction input ?:` + "|```"),
		[]string{"tool", "function", "arguments", "parameter", "invoke", "action input", "```"}, nil},
	{"it spells its words letter by letter", regexp.MustCompile(`\b(\pL ){7,}\pL\b`), nil, spelled},
	{"it asks for secrets", regexp.MustCompile(
		`\b(api[ _-]?keys?|credentials?|private keys?|access tokens?|ssh keys?|environment variables?)\b|\b(your|my|user'?s?) passwords?\b`), []string{"api", "credential", "key", "token", "variable", "password"}, nil},
	{"it asks to run programs or to reach other systems", regexp.MustCompile(
		`https?://|\b(curl|wget|sudo|chmod|powershell|netcat)\b|\brm -r?f|\b(exec|eval|system|popen)\(|\bimport (os|subprocess|socket)\b|\b(bash|sh) -c\b|\bbase64\b|/etc/(passwd|shadow)\b`), []string{"http", "curl", "wget", "sudo", "chmod", "powershell", "netcat", "rm -", "exec(", "eval(", "system(", "popen(", "import ", "sh -c", "base64", "/etc/"}, nil},
	{"it asks for more powers or to pass a check", regexp.MustCompile(
		`\bwithout (asking|approval|permission|confirmation)\b|\b(grant|give) (yourself|me|us) .{0,20}(access|permission|rights)\b|\b(disable|turn off|skip) .{0,20}(approvals?|safety|review|guard|logging|limits?)\b|\b(call|invoke) .{0,20}\b(other|another|new) (tools?|functions?)\b|\b(call|invoke) (the |a )?(tool|function)s?\b|\b(unlisted|hidden|forbidden) (tools?|functions?)\b`), []string{"without", "grant", "give", "disable", "turn off", "skip", "call", "invoke", "unlisted", "hidden", "forbidden"}, nil},
	{"it speaks to the judge instead of the actor", regexp.MustCompile(
		`\b(score|rate|grade) (this|it|the|every) .{0,30}\b(10|ten|full|highest|maximum)\b|\b(critic|judge|grader|evaluator)\b.{0,40}\b(must|should|give|return|output)\b|\bset (φ|phi|the (score|rating|value of the state)) (to|=)|\b10 ?(out of|/) ?10\b`),
		[]string{"score", "rate", "grade", "critic", "judge", "evaluator", "set ", "10"}, nil},
}

// InjectionIn says in a few words what makes text look like an injected
// instruction, or returns "".
func InjectionIn(text string) string {
	for _, r := range text {
		if r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r >= 0xE0000 && r <= 0xE007F {
			return "it holds invisible characters that change how it is read"
		}
	}
	folded := Fold(text)
	joined := strings.ReplaceAll(folded, "\n", " ") // a phrase may be broken over lines
	for _, i := range injections {
		if !slices.ContainsFunc(i.hints, func(hint string) bool { return strings.Contains(joined, hint) }) && (i.may == nil || !i.may(joined)) {
			continue
		}
		if i.pattern.MatchString(folded) || joined != folded && i.pattern.MatchString(joined) {
			return i.what
		}
	}
	return ""
}

// spelled reports whether six words of one letter follow each other: those between the
// first and the last of eight, which may hang on to something else.
func spelled(text string) bool {
	inRow := 0
	for word := range strings.SplitSeq(text, " ") {
		if utf8.RuneCountInString(word) != 1 {
			inRow = 0
			continue
		}
		if inRow++; inRow == 6 {
			return true
		}
	}
	return false
}

// lookAlikes maps letters that pass for plain ones: those of other alphabets
// that look the same, and those with a mark.
var lookAlikes = func() map[rune]rune {
	m := map[rune]rune{}
	for plain, others := range map[rune]string{
		'a': "аαàáâãäåāăą", 'c': "сçćĉċč", 'd': "ԁďđ", 'e': "еεèéêëēĕėęě", 'g': "ɡĝğġģ", 'h': "һĥħ", 'i': "іιìíîïĩīĭįı",
		'j': "јĵ", 'k': "κķ", 'l': "ӏĺļľŀł", 'n': "ոñńņňŉ", 'o': "оοòóôõöøōŏő", 'p': "рρ", 'r': "ŕŗř", 's': "ѕśŝşš",
		't': "τţťŧ", 'u': "υùúûüũūŭůűų", 'v': "ν", 'w': "ѡŵ", 'x': "х", 'y': "уýÿŷ", 'z': "źżž",
	} {
		for _, r := range others {
			m[r] = plain
		}
	}
	return m
}()

// plainASCII are the characters that Fold only ever lower-cases: most of what it meets.
var plainASCII = func() (plain [unicode.MaxASCII]bool) {
	for r := range rune(unicode.MaxASCII) {
		_, alike := lookAlikes[r]
		plain[r] = !alike && !unicode.IsSpace(r) && !unicode.IsControl(r)
	}
	return plain
}()

// Fold lower-cases, turns full-width letters and look-alikes into plain
// ones, drops invisible characters and joins runs of space, but keeps line breaks.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space := false
	for _, r := range text {
		if r < unicode.MaxASCII && plainASCII[r] {
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
			space = false
			continue
		}
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFEE0
		}
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			continue
		case r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
			space = true // none after a break
			continue
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		r = unicode.ToLower(r)
		if plain, ok := lookAlikes[r]; ok {
			r = plain
		}
		b.WriteRune(r)
	}
	return b.String()
}
