package page

import (
	"encoding/json"
	"strings"
	"testing"

	"purposeagent/agent"
)

// FuzzRead holds that nothing that a browser might tell of a page breaks its reading.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"documents":[{"title":0,"documentURL":1,"nodes":{"parentIndex":[-1,0,1,2],"nodeType":[9,1,1,3],"nodeName":[2,3,4,5],"nodeValue":[-1,-1,-1,0],"backendNodeId":[1,2,3,4],"attributes":[[],[],[6,0],[]]},"layout":{"nodeIndex":[2,3],"styles":[[7,8,8,8],[]],"bounds":[[0,0,10,10],[0,0,5,5]],"text":[-1,0]}}],"strings":["T","u","#document","HTML","BUTTON","#text","id","block","visible"]}`))
	f.Add([]byte(`{"documents":[{"nodes":{"parentIndex":[-1,5,-3]},"layout":{"nodeIndex":[-1,99]}}]}`))
	f.Add([]byte(`{"documents":[]}`))
	f.Add([]byte(`{"documents":[{"nodes":{"parentIndex":[-1],"contentDocumentIndex":{"index":[0],"value":[1]}}},{"nodes":{"parentIndex":[-1],"contentDocumentIndex":{"index":[0],"value":[1]}}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var numbers Numbers
		p, err := Read(raw, 1024, 768, &numbers)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeUnavailable {
				t.Errorf("the error is %v", err)
			}
			return
		}
		for first := range len(p.Lines) + 1 {
			list := p.List(200, first, func(*Line) string { return "" })
			if len(list.Shown)+list.First+list.Below != len(p.Lines) {
				t.Errorf("of %d lines %d are shown, %d above, %d below", len(p.Lines), len(list.Shown), list.First, list.Below)
			}
		}
		_ = p.Text(nil)
		for i := range p.Lines {
			_ = p.Text(&p.Lines[i])
		}
	})
}

// TestLongThings holds that no single thing takes a page over.
func TestLongThings(t *testing.T) {
	long := strings.Repeat("word ", 1000)
	raw, err := json.Marshal(map[string]any{"strings": []string{long, "BUTTON", "#text", "block", "visible", "auto", "#document"},
		"documents": []any{map[string]any{"nodes": map[string]any{"parentIndex": []int{-1, 0, 1}, "nodeType": []int{9, 1, 3}, "nodeName": []int{6, 1, 2}, "nodeValue": []int{-1, -1, 0},
			"backendNodeId": []int{1, 2, 3}, "attributes": [][]int{{}, {}, {}}},
			"layout": map[string]any{"nodeIndex": []int{1, 2}, "styles": [][]int{{3, 4, 5, 4}, {3, 4, 5, 4}}, "bounds": [][]float64{{0, 0, 100, 20}, {0, 0, 100, 20}}, "text": []int{-1, 0}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var numbers Numbers
	p, err := Read(raw, 1024, 768, &numbers)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Lines) != 1 || len(p.Lines[0].String()) > 120 || !strings.HasSuffix(p.Lines[0].String(), `…"`) || p.Lines[0].Number != 1 {
		t.Errorf("the lines are %+v", p.Lines)
	}
	if got := p.Text(&p.Lines[0]); strings.Count(got, "word") != 1000 {
		t.Errorf("read says %d words", strings.Count(got, "word"))
	}
}
