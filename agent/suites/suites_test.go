package suites

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
)

// small is a suite with all that one can have.
func small() Suite {
	return Suite{Name: "Small mazes", Description: "Two mazes.\nAnd a page.", Tasks: []Task{
		{ID: "m-1", Environment: "maze", Config: `{"size":5}`, Purpose: "find the treasure", Seed: 3, Split: Train, MaxSteps: 40},
		{ID: "m/2", Environment: "maze", Seed: 1, Content: strings.Repeat("0f", 32)},
		{ID: "page", Environment: "web", Config: `{"start":"http://127.0.0.1/"}`, Purpose: "=press + \"go\",\nthen wait", Seed: 1 << 53, Split: Test, Check: `{"success_text":"done"}`},
	}}
}

func TestRoundTrip(t *testing.T) {
	s := small()
	raw, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, problems := Parse(raw)
	if len(problems) > 0 || !reflect.DeepEqual(again, s) {
		t.Errorf("%s gave %+v, %v", raw, again, problems)
	}
	if bom, problems := Parse(append([]byte("\xef\xbb\xbf"), raw...)); len(problems) > 0 || !reflect.DeepEqual(bom, s) {
		t.Error("a byte order mark matters:", problems)
	}
	var table bytes.Buffer
	if err := s.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), `"'=press`) {
		t.Error("a formula goes into the table:", table.String())
	}
	fromTable, problems := ParseCSV(s.Name, table.Bytes())
	if len(problems) > 0 || !reflect.DeepEqual(fromTable.Tasks, s.Tasks) {
		t.Errorf("%s gave %+v, %v", &table, fromTable.Tasks, problems)
	}
}

func TestHash(t *testing.T) {
	s := small()
	before := Hash(s.Tasks)
	renamed := small()
	renamed.Name = "Others"
	if len(before) != 64 || Hash(renamed.Tasks) != before {
		t.Error("the name is in the hash")
	}
	for name, change := range map[string]func(*Task){"seed": func(t *Task) { t.Seed++ }, "config": func(t *Task) { t.Config = `{"size":6}` }, "split": func(t *Task) { t.Split = "" }, "id": func(t *Task) { t.ID += "x" }} {
		other := small()
		change(&other.Tasks[0])
		if Hash(other.Tasks) == before {
			t.Errorf("the %s is not in the hash", name)
		}
		if same := s.Tasks[0].Same(&other.Tasks[0]); same != (name == "split" || name == "id") {
			t.Errorf("with another %s: the same %v", name, same)
		}
	}
	checked := Task{Environment: "web", Config: `{"a":1}`, Check: `{"b":2}`}
	plain := Task{Environment: "web", Config: `{"a":1,"b":2}`}
	if checked.Settings() != `{"a":1,"b":2}` || !checked.Same(&plain) {
		t.Error(checked.Settings())
	}
}

// Each problem is said with its line.
func TestParseRefuses(t *testing.T) {
	file := func(tasks string) string {
		return "{\n  \"format\": \"purpose.suite/1\",\n  \"name\": \"x\",\n  \"tasks\": [\n" + tasks + "\n  ]\n}"
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "  \n", "empty"},
		{"no JSON", "format: 1", "not valid JSON"},
		{"no object", "[1]", "must be a JSON object"},
		{"no format", `{"name":"x","tasks":[]}`, `must be "purpose.suite/1"`},
		{"a later format", `{"format":"purpose.suite/2"}`, `must be "purpose.suite/1"`},
		{"cut short", `{"format":"purpose.suite/1","name":"x","tasks":[{"id":"a"`, "ends too early"},
		{"more behind it", file(`{"id":"a","environment":"maze"}`) + "{}", "line 7: something follows"},
		{"no tasks", `{"format":"purpose.suite/1","name":"x"}`, "tasks: is missing"},
		{"an empty list", file(""), "there is no task"},
		{"no name", `{"format":"purpose.suite/1","tasks":[{"id":"a","environment":"maze"}]}`, "name: is missing"},
		{"a name of two lines", `{"format":"purpose.suite/1","name":"a\nb","tasks":[{"id":"a","environment":"maze"}]}`, "one line"},
		{"an unknown field", file("{\"id\":\"a\",\"environment\":\"maze\",\n\"purpse\":\"x\"}"), `line 6, task 1 (a): there is no field "purpse"`},
		{"a field in capitals", file(`{"ID":"a","environment":"maze"}`), `there is no field "ID"`},
		{"a field twice", file(`{"id":"a","id":"b","environment":"maze"}`), `line 5, task 1: the field "id" is there twice`},
		{"the same id", file("{\"id\":\"a\",\"environment\":\"maze\"},\n{\"id\":\"a\",\"environment\":\"maze\"}"), "line 6, task 2 (a), id: task 1 has the same id"},
		{"an odd id", file(`{"id":"../a","environment":"maze"}`), "id: must be letters"},
		{"no id", file(`{"environment":"maze"}`), "id: is missing"},
		{"no environment", file(`{"id":"a"}`), "environment: is missing"},
		{"NaN", file(`{"id":"a","environment":"maze","seed":NaN}`), "line 5: this is not valid JSON"},
		{"half a seed", file(`{"id":"a","environment":"maze","seed":1.5}`), "seed: must be a whole number, got 1.5"},
		{"a seed of text", file(`{"id":"a","environment":"maze","seed":"1"}`), "seed: must be a whole number"},
		{"no seed", file(`{"id":"a","environment":"maze","seed":0}`), "from 1 to 2^53"},
		{"a large seed", file(`{"id":"a","environment":"maze","seed":9007199254740993}`), "from 1 to 2^53"},
		{"a huge seed", file(`{"id":"a","environment":"maze","seed":1e300}`), "must be a whole number"},
		{"an odd split", file(`{"id":"a","environment":"maze","split":"dev"}`), `split: must be train or test, or left out, got "dev"`},
		{"no steps", file(`{"id":"a","environment":"maze","max_steps":0}`), "or left out, got 0"},
		{"many steps", file(`{"id":"a","environment":"maze","max_steps":1e12}`), "max_steps: must be 1 to"},
		{"a list for settings", file(`{"id":"a","environment":"maze","config":[]}`), "config: must be a JSON object"},
		{"deep settings", file(`{"id":"a","environment":"maze","config":{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}}`), "config: "},
		{"an odd hash", file(`{"id":"a","environment":"maze","content":"F00"}`), "content: must be the SHA-256"},
		{"a long purpose", file(`{"id":"a","environment":"maze","purpose":"` + strings.Repeat("x", 5000) + `"}`), "at most 4000 bytes"},
		{"no UTF-8", "{\"format\":\"purpose.suite/1\",\"name\":\"\xff\"}", "not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := Parse([]byte(tt.text))
			err := Refusal(problems)
			if err == nil || !strings.Contains(err.Error(), tt.want) || agent.CodeOf(err) != agent.CodeInvalid {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// What is too large is refused, and says so, without being worked through.
func TestParseBounds(t *testing.T) {
	if _, problems := Parse(make([]byte, 50<<20)); len(problems) != 1 || !strings.Contains(problems[0].Text, "larger than 8 MiB") {
		t.Error("50 MB:", problems)
	}
	if _, problems := ParseCSV("x", make([]byte, 50<<20)); len(problems) != 1 || !strings.Contains(problems[0].Text, "larger than 8 MiB") {
		t.Error("a table of 50 MB:", problems)
	}
	var text, table, list strings.Builder
	text.WriteString(`{"format":"purpose.suite/1","name":"x","tasks":[`)
	table.WriteString("id,environment\n")
	for i := range 100_000 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "\n{\"id\":\"t%d\",\"environment\":\"maze\"}", i)
		fmt.Fprintf(&table, "t%d,maze\n", i)
		fmt.Fprintf(&list, "page-%d\n", i)
	}
	text.WriteString("]}")
	if _, problems := Parse([]byte(text.String())); len(problems) != 1 || !strings.Contains(problems[0].String(), "line 1002, tasks: there are more than 1000 tasks") {
		t.Error("100,000 tasks:", problems)
	}
	if _, problems := ParseCSV("x", []byte(table.String())); len(problems) != 1 || !strings.Contains(problems[0].String(), "line 1002: there are more than 1000 tasks") {
		t.Error("100,000 rows:", problems)
	}
	if _, problems := ParseMiniWoB("x", "http://localhost/", []byte(list.String())); len(problems) != 1 || !strings.Contains(problems[0].String(), "line 1001: there are more than 1000 tasks") {
		t.Error("100,000 pages:", problems)
	}
	many := strings.Repeat(`{"seed":1.5},`, 900)
	if _, problems := Parse([]byte(`{"format":"purpose.suite/1","name":"x","tasks":[` + strings.TrimSuffix(many, ",") + "]}")); len(problems) != MaxProblems {
		t.Errorf("%d problems are told", len(problems))
	}
	long := "click-button " + strings.Repeat("1-1000,", 100_000)
	if s, problems := ParseMiniWoB("x", "http://localhost/", []byte(long)); len(problems) > 1 || len(s.Tasks) > MaxTasks {
		t.Error(len(s.Tasks), problems)
	}
}

func TestParseCSV(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"settings in columns", "id,environment,seed,config.size,config.goal,check.x\na,maze,3,5,find,true\nb,maze,,,,\n",
			`[{"id":"a","environment":"maze","config":{"goal":"find","size":5},"seed":3,"check":{"x":true}} {"id":"b","environment":"maze","seed":1}]`},
		{"semicolons and a mark", "\xef\xbb\xbfID;Environment;Split\r\na;maze;TRAIN\r\n", `[{"id":"a","environment":"maze","seed":1,"split":"train"}]`},
		{"both", "id,environment,config,config.size\na,maze,\"{\"\"keys\"\":1}\",7\n", `[{"id":"a","environment":"maze","config":{"keys":1,"size":7},"seed":1}]`},
		{"a quoted number", "id,environment,config.x\na,maze,\"\"\"5\"\"\"\n", `[{"id":"a","environment":"maze","config":{"x":"5"},"seed":1}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, problems := ParseCSV("x", []byte(tt.text))
			var got []string
			for _, task := range s.Tasks {
				raw, err := task.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(raw))
			}
			if len(problems) > 0 || fmt.Sprint(got) != tt.want {
				t.Errorf("%v, %v\nwant %s", got, problems, tt.want)
			}
		})
	}
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "empty"},
		{"no headings", "a,maze\nb,maze\n", `line 1: there is no column "a"`},
		{"a column missing", "id,seed\na,1\n", `the column "environment" is missing`},
		{"a column twice", "id,id,environment\na,a,maze\n", "twice"},
		{"too few fields", "id,environment,seed\na,maze\n", "line 2: the row does not have the 3 fields"},
		{"a bare quote", "id,environment\na,ma\"ze\n", "line 2: "},
		{"a seed that is none", "id,environment,seed\na,maze,NaN\n", "line 2, task 1 (a), seed: must be a whole number, got NaN"},
		{"a setting twice", "id,environment,config,config.size\na,maze,\"{\"\"size\"\":1}\",7\n", "is in the column config too"},
		{"the same id", "id,environment\na,maze\n\na,maze\n", "line 4, task 2 (a), id"},
		{"UTF-16", "\xff\xfei\x00d\x00", "not UTF-8"},
		{"a setting that nests", "id,environment,config\na,maze,5\n", "config: must be a JSON object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := ParseCSV("x", []byte(tt.text))
			if err := Refusal(problems); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseMiniWoB(t *testing.T) {
	s, problems := ParseMiniWoB("pages", "http://127.0.0.1:8090/miniwob", []byte("# a remark\nclick-button 1-3\n\nlogin-user.html 4, 7 # twice\nunicode-test\n"))
	var ids []string
	for _, task := range s.Tasks {
		ids = append(ids, task.ID)
	}
	if len(problems) > 0 || strings.Join(ids, " ") != "click-button/1 click-button/2 click-button/3 login-user/4 login-user/7 unicode-test/1" {
		t.Fatal(ids, problems)
	}
	if s.Tasks[4].Config != `{"start":"http://127.0.0.1:8090/miniwob/login-user.html?seed={seed}"}` || s.Tasks[4].Seed != 7 || s.Tasks[4].Environment != "web" || s.Tasks[4].Check.IsEmpty() {
		t.Errorf("%+v", s.Tasks[4])
	}
	for _, tt := range []struct{ server, text, want string }{
		{"", "click-button", "name the address"},
		{"file:///etc", "click-button", "name the address"},
		{"http://x/", "../../etc/passwd", "line 1: \"../../etc/passwd\" is not the name of a page"},
		{"http://x/", "a\nclick-button x", "line 2: \"x\" are no seeds"},
		{"http://x/", "click-button 5-2", "no seeds"},
		{"http://x/", "click-button 1-9999999", "no seeds"},
		{"http://x/", "click-button 0", "no seeds"},
		{"http://x/", "a 1\na 1", "line 2, task 2 (a/1), id"},
		{"http://x/", "# nothing", "there is no task"},
	} {
		_, problems := ParseMiniWoB("pages", tt.server, []byte(tt.text))
		if err := Refusal(problems); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestOf(t *testing.T) {
	tasks := small().Tasks
	if len(Of(tasks, Train)) != 1 || len(Of(tasks, Test)) != 2 || len(Of(tasks, "")) != 3 || fmt.Sprint(Environments(tasks)) != "[maze web]" {
		t.Error(Of(tasks, Train), Environments(tasks))
	}
}

// Whatever comes in, reading ends without a fault, and what is accepted comes back
// the same when it is written and read again.
func FuzzParse(f *testing.F) {
	s := small()
	raw, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"format":"purpose.suite/1","name":"x","tasks":[{"id":"a","environment":"maze","seed":1e3,"config":{"a":[{}]}}]}`))
	f.Add([]byte(`{"format":"purpose.suite/1","tasks":[null,1,"a",[]]}`))
	f.Add([]byte("id,environment,seed\na,maze,1\n'=b,maze,2\n"))
	f.Add([]byte("click-button 1-3\nlogin-user\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, problems := Parse(raw); len(problems) == 0 {
			text, err := s.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, problems := Parse(text)
			if len(problems) > 0 || !reflect.DeepEqual(again, s) {
				t.Fatalf("%s came back as %+v: %v", text, again, problems)
			}
		}
		if s, problems := ParseCSV("x", raw); len(problems) == 0 {
			var table bytes.Buffer
			if err := s.WriteCSV(&table); err != nil {
				t.Fatal(err)
			}
			again, problems := ParseCSV("x", table.Bytes())
			if len(problems) > 0 || Hash(again.Tasks) != Hash(s.Tasks) {
				t.Fatalf("%s came back as %+v: %v", &table, again.Tasks, problems)
			}
		}
		if s, problems := ParseMiniWoB("x", "http://localhost/", raw); len(problems) == 0 && len(s.Problems()) > 0 {
			t.Fatalf("%v", s.Problems())
		}
	})
}
