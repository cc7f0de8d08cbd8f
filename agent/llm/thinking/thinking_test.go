package thinking

import "testing"

func TestSplitThinking(t *testing.T) {
	const object = `{"a":2}`
	for _, test := range []struct{ name, text, answer, thinking string }{
		{"none", " plain ", "plain", ""},
		{"a block", "<think>hm {\"a\":1}</think>\n" + object, object, `hm {"a":1}`},
		{"two blocks", "a<think>b</think>c<think>d</think>e", "ace", "bd"},
		{"never closed", "<think>and on", "", "and on"},
		{"only its end", "thoughts</think> answer", "answer", "thoughts"},
		{"in capitals", "<THINK>x</Think>" + object, object, "x"},
		{"thinking", "<thinking>\nThe set {a, b}.\n</thinking>\n" + object, object, "The set {a, b}."},
		{"brackets", "[THINK]I could {go}.[/THINK]" + object, object, "I could {go}."},
		{"reasoning", "<reasoning>x</reasoning>" + object, object, "x"},
		{"triangles", "◁think▷x◁/think▷" + object, object, "x"},
		{"a block in a block", "<think>a<reasoning>b</reasoning>c</think>" + object, object, "a<reasoning>b</reasoning>c"},
		{"a tag in a string of the answer", `{"a":"write <think> first"}`, `{"a":"write <think> first"}`, ""},
		{"a list in an answer", `{"a":[1]`, `{"a":[1]`, ""},
		{"what a template leaves", object + "<|im_end|>\n", object, ""},
		{"channels", `<|channel|>analysis<|message|>Maybe {"a":1}.<|end|><|start|>assistant<|channel|>final<|message|>` + object, object, `Maybe {"a":1}.`},
		{"channels with an end", `<|start|>assistant<|channel|>final <|constrain|>json<|message|>` + object + "<|return|>", object, ""},
		{"analysis only", "<|channel|>analysis<|message|>hm", "", "hm"},
		{"a call on a channel", `<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.act <|constrain|>json<|message|>` + object + `<|call|>`, object, "hm"},
		{"channels without marks", "analysisWe go north.assistantfinal" + object, object, "We go north."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if answer, thinking := SplitThinking(test.text); answer != test.answer || thinking != test.thinking {
				t.Errorf("got %q and %q", answer, thinking)
			}
		})
	}
}

func TestCallInText(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
	}{
		{"tags", "I call it.\n<tool_call>\n{\"name\":\"act\",\"arguments\":{\"a\":1}}\n</tool_call>", `{"a":1}`},
		{"a list", `[TOOL_CALLS] [{"name":"act","arguments":{"a":1}}]`, `{"a":1}`},
		{"arguments in a string", `<tool_call>{"name":"act","arguments":"{\"a\":1}"}</tool_call>`, `{"a":1}`},
		{"parameters", `<|python_tag|>{"name":"act","parameters":{"a":1}}`, `{"a":1}`},
		{"two", `[TOOL_CALLS] [{"name":"a","arguments":{}},{"name":"b","arguments":{}}]`, ""},
		{"none", `{"a":1}`, ""},
		{"broken", `<tool_call>{"name":`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := CallInText(test.text); string(got) != test.want || ok != (test.want != "") {
				t.Errorf("got %s, %v", got, ok)
			}
		})
	}
}
