package remote_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"purposeagent/environments/remote"
)

// The test binary is also the programs that the tests talk to: with this
// variable it plays the named one instead of running tests.
const (
	childVariable  = "REMOTE_TEST_CHILD"
	startsVariable = "REMOTE_TEST_STARTS" // the file in which a child counts its starts
	numberVariable = "REMOTE_TEST_NUMBER" // whether a child shows the number of its process
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(childVariable); kind != "" {
		play(kind)
		return
	}
	goleak.VerifyTestMain(m)
}

// play is a program with one counter. Its kind says how it misbehaves, or what
// powers it has.
func play(kind string) {
	c := &child{kind: kind, out: bufio.NewWriterSize(os.Stdout, 1<<16)}
	fmt.Fprintln(os.Stderr, "the child", kind, "begins")
	c.beforeHello()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, remote.MaxLineBytes)
	for in.Scan() {
		var r map[string]any
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, "no JSON:", err)
			os.Exit(9)
		}
		if r["cmd"] == "close" {
			break
		}
		c.serve(r)
	}
	if kind == "never ends" || kind == "never ends with family" {
		time.Sleep(time.Hour)
	}
}

type child struct {
	kind  string
	out   *bufio.Writer
	value int
	steps int

	hellos, episodes int
}

func (c *child) beforeHello() {
	switch c.kind {
	case "dies at once":
		fmt.Fprintln(os.Stderr, "SyntaxError: nothing works")
		os.Exit(3)
	case "starts once":
		c.startsOnce()
	case "silent from the start":
		time.Sleep(time.Hour)
	case "never ends", "never ends with family":
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	if c.kind == "never ends with family" {
		family := exec.Command("sleep", "600")
		family.Stdout, family.Stderr = os.Stdout, os.Stderr // holds them open
		if err := family.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "family", family.Process.Pid)
	}
}

// startsOnce counts its starts in a file, and ends at once in all but the first.
func (c *child) startsOnce() {
	f, err := os.OpenFile(os.Getenv(startsVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		defer os.Exit(1)
	}
	if _, err := f.WriteString("x"); err != nil {
		panic(err)
	}
	_ = f.Close()
}

func (c *child) say(text string) {
	_, _ = c.out.WriteString(text + "\n")
	_ = c.out.Flush()
}

func (c *child) answer(r map[string]any, fields map[string]any) {
	fields["id"] = r["id"]
	raw, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	c.say(string(raw))
}

func (c *child) serve(r map[string]any) {
	switch r["cmd"] {
	case "hello":
		c.hello(r)
	case "purpose":
		c.answer(r, map[string]any{"purpose": fmt.Sprintf("reach %v", r["seed"])})
	case "reset":
		c.value, c.steps = 0, 0
		c.episodes++
		c.moment(r)
	case "restore":
		c.value = int(r["state"].(map[string]any)["value"].(float64))
		c.moment(r)
	case "picture":
		c.answer(r, map[string]any{"svg": c.picture()})
	case "judge":
		c.answer(r, c.judged(r))
	case "step":
		if c.misstep(r) {
			return
		}
		if strings.Contains(c.kind, "stateless") {
			c.value = int(r["hidden"].(map[string]any)["value"].(float64))
		}
		c.value++
		c.moment(r)
	default:
		c.answer(r, map[string]any{"error": map[string]string{"code": "unknown_command", "message": "what?"}})
	}
}

// judged is the word about the end; the counter must stand where it is asked about.
func (c *child) judged(r map[string]any) map[string]any {
	if at := r["hidden"].(map[string]any)["value"].(float64); int(at) != c.value && !strings.Contains(c.kind, "stateless") {
		return map[string]any{"error": map[string]string{"code": "unavailable", "message": "the counter stands elsewhere"}}
	}
	if strings.Contains(c.kind, "wrongly") {
		return map[string]any{"judge": map[string]any{"success": true, "score": 7}}
	}
	return map[string]any{"judge": map[string]any{"success": c.value >= 2, "score": 0.25, "reward": c.value}}
}

func (c *child) picture() string {
	if c.kind == "draws a script" {
		return `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	}
	return `<svg xmlns="http://www.w3.org/2000/svg"><text>` + strconv.Itoa(c.value) + `</text></svg>`
}

// hello announces what the kind has; "powers a,b" has the powers a and b.
func (c *child) hello(r map[string]any) {
	h := map[string]any{"protocol": 1, "name": "counter", "description": "A counter.", "unknown_field": 1,
		"actions": []map[string]any{{"name": "add"}, {"name": "ask", "params": []map[string]any{{"name": "n", "type": "integer"}}}},
		"powers":  []string{"legal", "verify", "unknown_power"}}
	if list, ok := strings.CutPrefix(c.kind, "powers "); ok {
		h["powers"] = strings.Split(list, ",")
	}
	if c.kind == "starts once" {
		h["powers"] = []string{"stateless"}
	}
	if strings.HasPrefix(c.kind, "draws") {
		h["powers"] = []string{"picture"}
	}
	if json, ok := strings.CutPrefix(c.kind, "hello "); ok {
		c.say(json)
		return
	}
	if c.kind == "another each time" {
		h["dynamics"] = strconv.Itoa(os.Getpid())
	}
	if c.kind == "another each hello" {
		c.hellos++
		h["actions"] = []map[string]any{{"name": "add"}, {"name": "ask" + strconv.Itoa(c.hellos)}}
		h["powers"] = []string{"verify"}
	}
	c.answer(r, h)
	if c.kind == "talks unasked" {
		c.say(`{"id":1,"note":"I had another thought"}`)
	}
}

// state shows the number of the process where a test asks for it.
func (c *child) state() map[string]any {
	if os.Getenv(numberVariable) != "" {
		return map[string]any{"value": c.value, "process": os.Getpid()}
	}
	return map[string]any{"value": c.value}
}

func (c *child) moment(r map[string]any) {
	m := map[string]any{"observation": fmt.Sprintf("The counter is at %d.", c.value), "state": c.state(),
		"done": c.value >= 70, "hidden": map[string]any{"value": c.value, "secret": "open sesame"},
		"legal": []map[string]any{{"name": "add", "params": map[string]any{}}, {"name": "ask", "params": map[string]any{"n": 1}}, {"name": "ask", "params": map[string]any{"n": 2}}},
		"judge": map[string]any{"success": c.value >= 70, "score": float64(c.value) / 100, "reward": -0.5, "phi": float64(c.value) / 10}}
	if r["cmd"] == "restore" && c.kind == "powers restore,verify,wrongly" {
		m["state"] = map[string]any{"value": c.value + 1}
	}
	c.odd(m)
	c.answer(r, m)
}

// odd makes the moment one of a world that nobody can learn from.
func (c *child) odd(m map[string]any) {
	verdict := map[string]any{"success": false}
	switch c.kind {
	case "ends at once":
		m["done"] = true
	case "ends always":
		m["done"] = c.value > 0
	case "is cut always":
		m["done"], m["truncated"] = false, c.value > 0
	case "never over":
		m["done"] = false
	case "score falls":
		verdict["score"] = max(0, 1-float64(c.value)/10)
	case "huge reward":
		verdict["reward"] = -1.7e308
	case "large states":
		m["state"] = json.RawMessage(fmt.Sprintf(`{"value":%d,"text":"%s"}`, c.value, strings.Repeat("x ", 5<<19)))
	case "other actions":
		if c.episodes > 1 {
			m["legal"] = []map[string]any{{"name": "subtract"}}
		}
	default:
		return
	}
	m["judge"] = verdict
}

// misstep does what a bad program does in a step, and reports whether it did.
func (c *child) misstep(r map[string]any) bool {
	if c.steps++; c.steps == 1 { // the first step is good
		return false
	}
	id := strconv.Itoa(int(r["id"].(float64)))
	if text, ok := strings.CutPrefix(c.kind, "answers "); ok {
		many := strings.Repeat(`,{"name":"add"}`, 10_000)[1:]
		c.say(strings.NewReplacer("ID", id, "MANY", many).Replace(text))
		return true
	}
	switch c.kind {
	case "starts once":
		os.Exit(1)
	case "dies":
		fmt.Fprintln(os.Stderr, "Traceback (most recent call last):\n\x1b[31m  oh no\x1b[0m")
		os.Exit(7)
	case "is killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "prints junk":
		c.say("debug: adding one")
	case "floods":
		for {
			if _, err := os.Stdout.WriteString("flood\n"); err != nil {
				os.Exit(0)
			}
		}
	case "floods one line":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 4096)); err != nil {
				os.Exit(0)
			}
		}
	case "floods standard error":
		for range 100_000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("e", 100))
		}
		return false
	case "is late":
		time.Sleep(time.Hour)
	case "closes its input":
		_ = os.Stdin.Close()
		time.Sleep(time.Hour)
	case "closes its output":
		_ = os.Stdout.Close()
		time.Sleep(time.Hour)
	case "refuses":
		c.answer(r, map[string]any{"error": map[string]string{"code": "invalid", "message": "the counter is stuck\x1b[31m"}})
	case "sends a large state":
		c.say(`{"id":` + id + `,"observation":"x","done":true,"judge":{"success":true},"state":{"a":"` + strings.Repeat("x", 8<<20) + `"}}`)
	case "refuses without a word":
		c.answer(r, map[string]any{"error": map[string]string{}})
	case "speaks twice":
		c.say(`{"id":` + id + `,"observation":"one","legal":[{"name":"add"}],"judge":{"success":false}}` + "\n" + `{"id":` + id + `,"observation":"two"}`)
	default:
		return false
	}
	return true
}
