package gemini

import "cmp"

// ends are the reasons for which a model stops, in plain words; "" for those of an
// answer.
var ends = map[string]string{
	"": "", "STOP": "", "MAX_TOKENS": "", "FINISH_REASON_UNSPECIFIED": "",
	"SAFETY":                    "its answer was stopped by a safety filter",
	"RECITATION":                "its answer came too close to a text that it learned from",
	"LANGUAGE":                  "it does not support the language",
	"BLOCKLIST":                 "its answer held words of a list that is blocked",
	"PROHIBITED_CONTENT":        "its answer may have held what is prohibited",
	"SPII":                      "its answer may have held private data of a person",
	"OTHER":                     "it stopped for a reason that the server does not name",
	"MALFORMED_FUNCTION_CALL":   "it tried to call a function and wrote the call wrongly",
	"MALFORMED_RESPONSE":        "it wrote an answer that the server could not read",
	"UNEXPECTED_TOOL_CALL":      "it called a tool that it was not given",
	"TOO_MANY_TOOL_CALLS":       "it called too many tools one after the other",
	"MISSING_THOUGHT_SIGNATURE": "the signature of a thought is missing",
	"IMAGE_SAFETY":              "an image was stopped by a safety filter",
	"IMAGE_PROHIBITED_CONTENT":  "an image may have held what is prohibited",
	"IMAGE_RECITATION":          "an image came too close to one that it learned from",
	"IMAGE_OTHER":               "it made no image, for a reason that the server does not name",
	"NO_IMAGE":                  "it made no image",
}

// passing are the ends by chance, which may be others when it is asked again.
var passing = map[string]bool{"OTHER": true, "MALFORMED_FUNCTION_CALL": true, "MALFORMED_RESPONSE": true, "UNEXPECTED_TOOL_CALL": true}

// blocks are the reasons for which a prompt is not answered, in plain words.
var blocks = map[string]string{
	"SAFETY":             "the prompt was stopped by a safety filter",
	"OTHER":              "the prompt was blocked for a reason that the server does not name",
	"BLOCKLIST":          "the prompt holds words of a list that is blocked",
	"PROHIBITED_CONTENT": "the prompt may hold what is prohibited",
	"IMAGE_SAFETY":       "an image was stopped by a safety filter",
	"MODEL_ARMOR":        "the prompt was blocked by the rules of the account (Model Armor)",
	"JAILBREAK":          "the prompt was taken for an attempt to get around the model's rules",
}

// told is a reason in plain words, with the server's name for it and its message.
func (c *Client) told(words map[string]string, reason, otherwise, message string) string {
	text := cmp.Or(words[reason], otherwise) + " (" + c.Clean(reason) + ")"
	if message = c.Clean(message); message != "" {
		text += ": " + message
	}
	return text
}
