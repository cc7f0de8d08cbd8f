package wire

import (
	"regexp"
	"strconv"
	"strings"
)

// overflowWords are the words by which servers say that a prompt is too long, in
// small letters. Config.OverflowWords adds to them.
var overflowWords = []string{
	// OpenAI, vLLM, DeepSeek, Together, Fireworks and others that took its words
	"context_length_exceeded", "context length", "context_length", "maximum context", "max context", "context size", "context window", "context limit",
	"string_above_max_length", "input is too large", "longer than the maximum model length", "max_model_len", "maximum model length",
	"reduce the length of the messages", "reduce the length of the input", "reduce your prompt", "reduce your message size",
	// llama.cpp, LM Studio, Ollama, KoboldCpp
	"exceed_context_size", "n_ctx", "slot context", "context overflow", "exceeds the available context", "input length exceeds",
	"too large to process", "number of tokens to keep", "prompt too large", "truncated prompt",
	// Anthropic, Bedrock
	"prompt is too long", "prompt too long", "input is too long", "input too long", "too many input tokens", "too many total text bytes",
	// Gemini, Vertex
	"input token count", "token count exceeds", "token count (", "exceeds the maximum number of tokens",
	// TGI, Hugging Face
	"`inputs` tokens", "`inputs` must have less than", "inputs tokens + max_new_tokens",
	// Mistral, Cohere, xAI, AI21, SambaNova, Groq, Cerebras, Perplexity
	"maximum prompt length", "max prompt length", "prompt length", "too many tokens", "exceeds model's maximum", "token limit exceeded", "exceeds the token limit",
	"exceeded max context", "exceeds context", "prompt contains too many", "tokens exceeds the max", "size limit exceeded by",
	"exceeds the model's max", "exceeds the limit of tokens", "maximum allowed input length", "maximum input length", "max input tokens", "range of input length",
	"request too large for model", "message is too long", "messages are too long", "conversation is too long",
	"上下文长度", "输入长度", "最大长度",
}

var (
	// tooLong is the same in any words, of anything that a prompt is called.
	tooLong = regexp.MustCompile(`\b(?:prompt|inputs?|messages|context|conversation|chat history|payload|tokens?|sequence)\b[^.;]{0,60}(?:\btoo (?:long|large|big|many)\b|\bexceed(?:s|ed|ing)?\b|\b(?:longer|larger|more|greater) than\b|\bover the (?:limit|maximum)\b|\bdo(?:es)? not fit\b)|\b(?:exceed(?:s|ed)?|longer than|larger than|beyond)\b[^.;]{0,40}\b(?:context|sequence length|max_seq_len|input limit|prompt limit|number of (?:input )?tokens)\b|\bshorten (?:your|the) (?:prompt|input|messages?)`)
	// otherLimits are of what was asked for, or of an account.
	otherLimits = regexp.MustCompile(`quota|credit|rate.?limit|usage|billing|budget|balance|max_tokens|max_completion_tokens|completion tokens|output tokens|\bstop\b|\bseed\b|temperature`)
	moreThan    = regexp.MustCompile(`(\d[\d,_]*)\s*(?:>|is (?:greater|larger|more) than|exceeds?)\s*(?:the )?(?:[a-z]+ ){0,4}(?:of )?(\d[\d,_]*)`)
	limitOf     = regexp.MustCompile(`(?:max(?:imum)?|limit|at most|up to|only|<=|less than)\D{0,60}?(\d[\d,_]*)`)
	sentOf      = regexp.MustCompile(`(?:requested|request (?:contains|has)|given|got|passed|sent|contains|resulted in|your (?:prompt|input|messages?)(?: has| is)?)\D{0,40}?(\d[\d,_]*)`)
	aMoment     = regexp.MustCompile(`per (?:minute|min|second|hour|day)|\b[tr]p[mdh]\b`)
)

// overflows reports whether a server says that the prompt is too long for the
// model: in known words, or by naming a number of tokens and a smaller limit.
func (s *Server) overflows(said string) bool {
	if aMoment.MatchString(said) { // a limit of a minute passes, unless the request alone is beyond it
		return tooLargeAlone(said)
	}
	if contains(said, overflowWords...) || tooLong.MatchString(said) && !otherLimits.MatchString(said) {
		return true
	}
	for _, words := range s.OverflowWords {
		if words = strings.ToLower(strings.TrimSpace(words)); words != "" && strings.Contains(said, words) {
			return true
		}
	}
	return contains(said, "token", "prompt", "input length", "context") && !contains(said, "completion tokens", "max_tokens", "max_completion_tokens", "output tokens") && numbersExceed(said)
}

// tooLargeAlone reports whether one request is beyond a limit of a minute: to wait
// would not help.
func tooLargeAlone(said string) bool {
	return strings.Contains(said, "too large") && numbersExceed(said)
}

// numbersExceed reports whether a text names what was sent and a smaller limit.
func numbersExceed(said string) bool {
	if m := moreThan.FindStringSubmatch(said); m != nil && natural(m[1]) > natural(m[2]) {
		return true
	}
	limit, sent := limitOf.FindStringSubmatch(said), sentOf.FindStringSubmatch(said)
	return limit != nil && sent != nil && natural(limit[1]) >= 64 && natural(sent[1]) > natural(limit[1])
}

func natural(text string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer(",", "", "_", "").Replace(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
