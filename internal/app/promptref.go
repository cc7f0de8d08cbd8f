package app

import (
	"strconv"
	"strings"

	"purposeagent/agent"
)

// promptMark separates a model's name from the version of the prompt that it is
// asked in: ollama:qwen3?prompt=2.
const promptMark = "?prompt="

// splitPrompt reads a reference with a version; n is −1 where it names none.
func splitPrompt(ref string) (model string, n int, err error) {
	model, text, given := strings.Cut(ref, promptMark)
	if !given {
		return model, -1, nil
	}
	n, err = strconv.Atoi(text)
	if err != nil || n < 0 {
		return model, n, agent.Errorf(agent.CodeInvalid, "%q names no version of a prompt; write MODEL?prompt=2, or ?prompt=0 for the built-in words", agent.Clip(ref, 80))
	}
	return model, n, nil
}
