package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"purposeagent/agent/llm/wire"
)

var fuzzSchema = json.RawMessage(`{"type":"object","required":["colour"]}`)

// FuzzStream reads whatever a server may send. It must come to the same answer, or
// to none, however the bytes are cut into pieces, and tell what it answers.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":20}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"red\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
		`{"type":"message","content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn","usage":{"input_tokens":1e99}}`,
		`{"content":"red"}`, `{"type":"content_block_delta","index":-9,"delta":{"type":"input_json_delta","partial_json":"{"}}`,
		`{"type":"content_block_start","content_block":{"type":"tool_use","name":"answer","input":"{\"colour\":\"red\"}"}}`,
		"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
		"data: [DONE]\n\n", "\ufeff: hi\r\rdata:{}\r\r", `[[[[`, `{"content":[null,7,[]],"usage":"x","stop_details":[]}`,
	} {
		f.Add([]byte(seed))
	}
	read := func(r io.Reader) (text, told string, state [3]bool, usage usage) {
		fold := newFold(func(text string) { told = text })
		events := wire.NewEvents(r)
		for {
			event, err := events.Next()
			if err != nil {
				state[2] = errors.Is(err, io.EOF)
				break
			}
			said, err := fold.add(event.Name, event.Data)
			if err != nil || said != nil {
				break
			}
		}
		m, ended, closed := fold.done()
		state[0], state[1] = ended, closed
		text, _ = m.answer(fuzzSchema)
		return text, told, state, m.Usage
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, told, state, used := read(bytes.NewReader(raw))
		text2, told2, state2, used2 := read(iotest.OneByteReader(bytes.NewReader(raw)))
		if text != text2 || told != told2 || state != state2 || used != used2 {
			t.Errorf("%q is read as %q %v %v, and in pieces as %q %v %v", raw, text, state, used, text2, state2, used2)
		}
		if u := used.of(); u.TokensIn < 0 || u.TokensOut < 0 || u.TokensCached < 0 || u.TokensCached > u.TokensIn || u.Calls != 1 {
			t.Errorf("usage %+v", u)
		}
		if strings.Contains(text, "<think>") {
			t.Errorf("a thought in %q", text)
		}
	})
}
