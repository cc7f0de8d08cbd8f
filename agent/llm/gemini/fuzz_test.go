package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"purposeagent/agent/llm/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var fuzzSchema = json.RawMessage(`{"type":"object","required":["colour"]}`)

// FuzzStream reads whatever a server may send. It must come to the same answer, or
// to none, however the bytes are cut into pieces.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":\"red\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9},\"modelVersion\":\"m\"}\r\n\r\n",
		`[{"candidates":[{"content":{"parts":[{"text":"r"}]}}]},` + "\n" + `{"candidates":[{"finishReason":"MAX_TOKENS"}]}]`,
		`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"act","args":{"colour":"red"}}}]},"finishReason":"STOP"}]}`,
		`{"candidates":null,"promptFeedback":{"blockReason":"SAFETY"}}`, `{"candidates":[{"content":{"parts":"red"}}],"usageMetadata":{"promptTokenCount":-1e99}}`,
		`[{"error":{"code":429,"details":[{"retryDelay":"6.5s"}]}}]`, `[[{}]]`, "data: [DONE]\n\n", "\ufeff[", `{"candidates":[7,null]}`,
	} {
		f.Add([]byte(seed))
	}
	read := func(r io.Reader) (text, told, reason string, whole bool, used usage) {
		fold := newFold(func(text string) { told = text })
		events := wire.NewEvents(r)
		for {
			event, err := events.Next()
			if err != nil {
				whole = errors.Is(err, io.EOF)
				break
			}
			list, err := pieces(event.Data)
			if err != nil {
				break
			}
			for i := range list {
				if !list[i].failed() {
					fold.add(&list[i])
				}
			}
		}
		return fold.said(fuzzSchema), told, fold.finish.FinishReason, whole, fold.Usage
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, told, reason, whole, used := read(bytes.NewReader(raw))
		text2, told2, reason2, whole2, used2 := read(iotest.OneByteReader(bytes.NewReader(raw)))
		if text != text2 || told != told2 || reason != reason2 || whole != whole2 || used != used2 {
			t.Errorf("%q is read as %q %q %v %v, and in pieces as %q %q %v %v", raw, text, reason, whole, used, text2, reason2, whole2, used2)
		}
		if u := used.of(); u.TokensIn < 0 || u.TokensOut < 0 || u.TokensCached < 0 || u.TokensCached > u.TokensIn || u.Calls != 1 {
			t.Errorf("usage %+v", u)
		}
		if strings.Contains(text, "<think>") {
			t.Errorf("a thought in %q", text)
		}
	})
}
