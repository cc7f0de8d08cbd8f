package mcp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

// The test binary is also the servers that the tests talk to: with this variable
// it plays the named one instead of running tests.
const (
	childVariable = "MCP_TEST_CHILD"
	startsFile    = "MCP_TEST_STARTS" // the file in which a child counts its starts
)

func TestMain(m *testing.M) {
	kind, plays := os.LookupEnv(childVariable)
	if !plays {
		goleak.VerifyTestMain(m)
		return
	}
	if file := os.Getenv(startsFile); file != "" {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		_, _ = f.WriteString("x")
		_ = f.Close()
	}
	if name, ok := strings.CutPrefix(kind, "sdk "); ok {
		if err := notesServer(name).Run(context.Background(), &sdk.StdioTransport{}); err != nil && !errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr, "the server failed:", err)
		}
		return
	}
	if file, ok := strings.CutPrefix(kind, "replay "); ok {
		replay(file)
		return
	}
	if rest, ok := strings.CutPrefix(kind, "record "); ok {
		record(strings.Split(rest, "\x1f"))
		return
	}
	hostile(kind)
}

// notes are what the server of the SDK keeps: in its own memory, as the example
// "memory" of the SDK does.
type notes struct {
	mu    sync.Mutex
	texts map[string]string
}

type noteArguments struct {
	Title string `json:"title" jsonschema:"the title of the note"`
	Text  string `json:"text,omitempty" jsonschema:"its text"`
}

type titleArguments struct {
	Title string `json:"title"`
}

type nothing struct{}

type listed struct {
	Titles []string `json:"titles"`
}

func said(text string) *sdk.CallToolResult {
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: text}}}
}

// notesServer is a server on the SDK. name changes what it does: "changing" gets
// another tool and loses one after the first note.
func notesServer(name string) *sdk.Server {
	n := &notes{texts: map[string]string{}}
	s := sdk.NewServer(&sdk.Implementation{Name: "notes", Title: "Notes", Version: "1"}, &sdk.ServerOptions{Instructions: "Keeps notes."})
	no, yes := false, true
	sdk.AddTool(s, &sdk.Tool{Name: "add_note", Description: "Adds a note", Annotations: &sdk.ToolAnnotations{DestructiveHint: &no}},
		func(_ context.Context, _ *sdk.CallToolRequest, in noteArguments) (*sdk.CallToolResult, listed, error) {
			out, err := n.add(in)
			if err == nil && name == "changing" {
				sdk.AddTool(s, &sdk.Tool{Name: "later", Description: "Was not there"}, func(context.Context, *sdk.CallToolRequest, nothing) (*sdk.CallToolResult, any, error) {
					return said("later was called"), nil, nil
				})
				s.RemoveTools("delete_note")
				sdk.AddTool(s, &sdk.Tool{Name: "list_notes", Description: "Lists"}, func(context.Context, *sdk.CallToolRequest, titleArguments) (*sdk.CallToolResult, any, error) {
					return said("other"), nil, nil
				})
				time.Sleep(50 * time.Millisecond) // the SDK gathers changes for 10 ms before it tells
			}
			return nil, out, err
		})
	sdk.AddTool(s, &sdk.Tool{Name: "delete_note", Description: "Deletes a note", Annotations: &sdk.ToolAnnotations{DestructiveHint: &yes}},
		func(_ context.Context, _ *sdk.CallToolRequest, in titleArguments) (*sdk.CallToolResult, any, error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			if _, ok := n.texts[in.Title]; !ok {
				return nil, nil, fmt.Errorf("there is no note %q", in.Title)
			}
			delete(n.texts, in.Title)
			return said("deleted"), nil, nil
		})
	sdk.AddTool(s, &sdk.Tool{Name: "list_notes", Description: "Lists the titles", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}},
		func(context.Context, *sdk.CallToolRequest, nothing) (*sdk.CallToolResult, listed, error) {
			return nil, n.list(), nil
		})
	sdk.AddTool(s, &sdk.Tool{Name: "reset_notes"}, func(_ context.Context, _ *sdk.CallToolRequest, in struct {
		Seed int `json:"seed,omitempty"`
	}) (*sdk.CallToolResult, any, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.texts = map[string]string{}
		for i := range in.Seed {
			n.texts["seed "+strconv.Itoa(i)] = ""
		}
		return said("reset"), nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "judge"}, func(context.Context, *sdk.CallToolRequest, nothing) (*sdk.CallToolResult, any, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		score := min(float64(len(n.texts))/2, 1)
		return said(fmt.Sprintf(`{"success":%t,"score":%g,"reward":1,"done":%t}`, score == 1, score, len(n.texts) >= 3)), nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "slow"}, func(ctx context.Context, r *sdk.CallToolRequest, in struct {
		Times int  `json:"times"`
		Ends  bool `json:"ends,omitempty"`
	}) (*sdk.CallToolResult, any, error) {
		for i := range in.Times {
			_ = r.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: float64(i + 1), Total: 20, Message: "digging"})
			time.Sleep(100 * time.Millisecond)
		}
		if !in.Ends {
			<-ctx.Done()
		}
		return said("slow is done"), nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "env"}, func(context.Context, *sdk.CallToolRequest, nothing) (*sdk.CallToolResult, any, error) {
		r := said(strings.Join(os.Environ(), "\n"))
		r.StructuredContent = map[string]any{"token": os.Getenv("NOTES_TOKEN")}
		fmt.Fprintln(os.Stderr, "the token is", os.Getenv("NOTES_TOKEN"))
		return r, nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "picture"}, func(context.Context, *sdk.CallToolRequest, nothing) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.ImageContent{Data: []byte("no image"), MIMEType: "image/png"}, &sdk.TextContent{Text: strings.Repeat("long ", 4000)}}}, nil, nil
	})
	sdk.AddTool(s, &sdk.Tool{Name: "order", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}}, func(_ context.Context, _ *sdk.CallToolRequest, in struct {
		Size   string   `json:"size"`
		Count  int      `json:"count"`
		Fast   *bool    `json:"fast,omitempty"`
		Extras []string `json:"extras,omitempty"`
		To     struct {
			Street string `json:"street"`
			Number int    `json:"number"`
		} `json:"to"`
	}) (*sdk.CallToolResult, any, error) {
		raw, err := json.Marshal(in)
		return said(string(raw)), nil, err
	})
	s.AddResource(&sdk.Resource{URI: "notes://all", Name: "all", MIMEType: "text/plain"}, func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: "notes://all", Text: strings.Join(n.list().Titles, "\n") + "\n"}}}, nil
	})
	s.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: "notes://{title}", Name: "one note"}, func(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	})
	return s
}

func (n *notes) add(in noteArguments) (listed, error) {
	n.mu.Lock()
	_, there := n.texts[in.Title]
	if !there {
		n.texts[in.Title] = in.Text
	}
	n.mu.Unlock()
	if there {
		return listed{}, fmt.Errorf("there is a note %q already", in.Title)
	}
	return n.list(), nil
}

func (n *notes) list() listed {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := listed{Titles: []string{}}
	for title := range n.texts {
		out.Titles = append(out.Titles, title)
	}
	slices.Sort(out.Titles)
	return out
}

// message is one line that a hostile server reads.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string         `json:"name"`
		Cursor    string         `json:"cursor"`
		Arguments map[string]any `json:"arguments"`
	} `json:"params"`
}

// bad is a server written by hand, which misbehaves as its kind says.
type bad struct {
	kind string
	out  *bufio.Writer
}

func hostile(kind string) {
	b := &bad{kind: kind, out: bufio.NewWriterSize(os.Stdout, 1<<16)}
	fmt.Fprintln(os.Stderr, "the child", kind, "begins")
	switch kind {
	case "dies at once":
		fmt.Fprintln(os.Stderr, "ModuleNotFoundError: nothing works")
		os.Exit(3)
	case "silent":
		time.Sleep(time.Hour)
	case "never ends":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		family := exec.Command("sleep", "600")
		family.Stdout = os.Stdout
		if err := family.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "family", family.Process.Pid)
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 32<<20)
	for in.Scan() {
		var m message
		if err := json.Unmarshal(in.Bytes(), &m); err != nil {
			os.Exit(9)
		}
		b.serve(&m)
	}
	if kind == "never ends" {
		time.Sleep(time.Hour)
	}
}

func (b *bad) say(text string) {
	_, _ = b.out.WriteString(text + "\n")
	_ = b.out.Flush()
}

func (b *bad) answer(m *message, result string) {
	b.say(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":` + result + `}`)
}

func (b *bad) refuse(m *message, code int, text string) {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	b.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, m.ID, code, quoted))
}

func (b *bad) serve(m *message) {
	switch m.Method {
	case "server/discover":
		switch b.kind {
		case "old and exits":
			os.Exit(4)
		case "old and silent":
			return
		}
		b.refuse(m, -32601, "Method not found")
	case "initialize":
		version := "2025-06-18"
		if b.kind == "odd version" {
			version = "1999-01-01"
		}
		if b.kind == "no initialize" {
			b.answer(m, `"hello"`)
			return
		}
		b.answer(m, `{"protocolVersion":"`+version+`","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"bad","version":"1"}}`)
	case "tools/list":
		b.list(m)
	case "tools/call":
		b.call(m)
	default:
		if len(m.ID) > 0 {
			b.refuse(m, -32601, "Method not found")
		}
	}
}

func (b *bad) list(m *message) {
	const plain = `{"type":"object"}`
	tool := func(name, schema string) string { return fmt.Sprintf(`{"name":%q,"inputSchema":%s}`, name, schema) }
	tools := []string{tool("go", plain)}
	switch b.kind {
	case "500 tools", "2500 tools":
		n, _ := strconv.Atoi(strings.Fields(b.kind)[0])
		for i := range n {
			tools = append(tools, tool("tool"+strconv.Itoa(i), plain))
		}
	case "odd names":
		for _, name := range []string{"DONE", "done", "NO_ACTION", "go", "a b", "a/b", "a_b", "7up", "☃", "read_resource"} {
			tools = append(tools, tool(name, plain))
		}
	case "odd schemas":
		tools = append(tools, tool("text", `"string"`), tool("list", `{"type":"array"}`), tool("typo", `{"type":"object","properties":{"a":{"type":"strnig"}}}`),
			tool("fetches", `{"type":"object","properties":{"a":{"$ref":"http://127.0.0.1:1/x.json"}}}`), tool("null", `null`), tool("deep", strings.Repeat(`{"not":`, 200)+`{}`+strings.Repeat(`}`, 200)),
			tool("large", `{"type":"object","description":"`+strings.Repeat("x", 100_000)+`"}`), `{"name":"none"}`, `null`)
	case "endless list":
		next, _ := strconv.Atoi(m.Params.Cursor)
		b.answer(m, fmt.Sprintf(`{"tools":[],"nextCursor":"%d"}`, next+1))
		return
	case "list of nonsense":
		b.answer(m, `{"tools":"all"}`)
		return
	}
	b.answer(m, `{"tools":[`+strings.Join(tools, ",")+`]}`)
}

func (b *bad) call(m *message) {
	switch b.kind {
	case "dies":
		fmt.Fprintln(os.Stderr, "Traceback: oh \x1b[31mno")
		os.Exit(7)
	case "is killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "never answers":
		return
	case "prints junk":
		b.say("debug: calling")
		b.answer(m, `{"content":[]}`)
	case "half a message":
		b.say(`{"jsonrpc":"2.0","id":`)
	case "no JSON-RPC":
		b.say(`{"hello":"world"}`)
	case "nonsense":
		b.answer(m, `[1,2,3]`)
	case "odd content":
		b.answer(m, `{"content":[{"type":"hologram","data":7}]}`)
	case "floods":
		for range 1 << 30 {
			if _, err := b.out.WriteString(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"` + strings.Repeat("x", 200) + `"}}` + "\n"); err != nil {
				os.Exit(1)
			}
		}
	case "50 MB":
		b.answer(m, `{"content":[{"type":"text","text":"`+strings.Repeat("x", 50<<20)+`"}]}`)
	case "5 MB":
		b.answer(m, `{"content":[{"type":"text","text":"`+strings.Repeat("x", 5<<20)+`"}],"structuredContent":{"x":"`+strings.Repeat("y", 1<<20)+`"}}`)
	case "deep":
		b.answer(m, `{"content":[],"structuredContent":{"a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}}`)
	case "another id":
		b.say(`{"jsonrpc":"2.0","id":99,"result":{"content":[]}}`)
	case "closes its output":
		_ = os.Stdout.Close()
		time.Sleep(time.Hour)
	case "refuses":
		b.refuse(m, -32602, "not \x1b[31mtoday")
	case "is broken":
		b.refuse(m, -32603, "stack trace")
	case "asks back":
		b.say(`{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}`)
		b.answer(m, `{"content":[{"type":"text","text":"asked"}]}`)
	case "a batch":
		b.say(`[{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}},{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":{"content":[{"type":"text","text":"batched"}]}}]`)
	case "needs input":
		b.answer(m, `{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{"message":"Which?","requestedSchema":{"type":"object"}}}}}`)
	case "meta":
		b.answer(m, `{"content":[{"type":"text","text":"ok"}],"_meta":{"example.org/reward":{"reward":0.5,"success":false}}}`)
	case "odd meta":
		b.answer(m, `{"content":[{"type":"text","text":"ok"}],"_meta":{"example.org/reward":{"score":7}}}`)
	default:
		b.answer(m, `{"content":[{"type":"text","text":"went"}]}`)
	}
}
