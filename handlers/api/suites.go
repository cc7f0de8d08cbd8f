package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/suites"
	"purposeagent/handlers/request"
	"purposeagent/internal/suitefile"
)

// Suites keeps and does task suites. Errors: CodeNotFound; CodeInvalid where a task
// can't be worked on here; CodeConflict for a name that is taken, for what is frozen,
// and for a change of a version that is not the newest.
type Suites interface {
	List(ctx context.Context) ([]suites.Info, error)
	Get(ctx context.Context, suite string) (suites.Info, error)
	Import(ctx context.Context, by string, suite suites.Suite, note string) (suites.Info, error)
	Change(ctx context.Context, by, id string, base int, suite suites.Suite, note string) (suites.Info, error)
	Copy(ctx context.Context, by, suite string, version int, name string) (suites.Info, error)
	Freeze(ctx context.Context, by, id string) (suites.Info, error)
	Delete(ctx context.Context, by, id string) error
	Load(ctx context.Context, suite string, version int) (suites.Info, suites.Suite, error)
	Versions(ctx context.Context, id string) ([]suites.Version, error)
	ReadPath(path string, o suitefile.Options) (suites.Suite, error)
	Start(ctx context.Context, by, suite string, ask suites.Ask) (suites.Run, error)
	Outcomes(ctx context.Context, id string) ([]suites.Outcome, error)
	Outcome(ctx context.Context, id string) (suites.Outcome, error)
	Tries(ctx context.Context, runs ...string) (map[string][]suites.Try, error)
	Compare(ctx context.Context, before, after string) (suites.Comparison, error)
}

// LabPorts are what is asked of tasks that are done to measure.
type LabPorts struct {
	Lab    Lab
	Suites Suites // nil: there are no such routes
}

// suiteContent is a suite as its file.
type suiteContent struct {
	Format      string        `json:"format" enum:"purpose.suite/1"`
	Name        string        `json:"name" minLength:"1" maxLength:"100"`
	Description string        `json:"description,omitempty"`
	Tasks       []suites.Task `json:"tasks" minItems:"1" maxItems:"1000" nullable:"false"`
}

// suiteDetail is a suite with its versions.
type suiteDetail struct {
	suites.Info
	Versions []suites.Version `json:"versions" doc:"newest first, without their tasks"`
}

// suitePath is the body of POST /suites/from-path.
type suitePath struct {
	Path   string `json:"path" minLength:"1" maxLength:"4096" doc:"of a file or folder on the server's machine"`
	Form   string `json:"form,omitempty" enum:"json,csv,miniwob,harbor,humaneval" doc:"left out: told by the file"`
	Name   string `json:"name,omitempty" maxLength:"100" doc:"of the suite; default: that of the file"`
	Server string `json:"server,omitempty" maxLength:"2000" doc:"address of the folder with the pages of MiniWoB++"`
	Split  string `json:"split,omitempty" enum:"train,test" doc:"of tasks that say neither"`
}

type copyOfSuite struct {
	Name    string `json:"name" minLength:"1" maxLength:"100"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"default: the newest"`
}

// suiteRunDetail is a run of a suite with its tries.
type suiteRunDetail struct {
	suites.Outcome
	Tries []suites.Try `json:"tries"`
}

func (s *server) suites() {
	if s.Suites == nil {
		return
	}
	register(s, http.MethodGet, "/suites", "list-suites", "Task suites, the one changed last first", "suites", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[list[suites.Info]], error) {
			all, err := s.Suites.List(ctx)
			return newList(catalog.Page[suites.Info]{Items: all, Total: len(all)}, same), err
		})
	registerAs(s, s.suiteFile("import-suite", http.MethodPost, "/suites", http.StatusCreated, "Import a suite from its file; every problem is reported, and nothing is imported if there is one"),
		func(ctx context.Context, in *struct {
			Form    string `query:"form" enum:"json,csv,miniwob" doc:"left out: told by the file"`
			Name    string `query:"name" maxLength:"100" doc:"of the suite; default: what the file calls it"`
			Server  string `query:"server" maxLength:"2000" doc:"address of the folder with the pages of MiniWoB++"`
			Split   string `query:"split" enum:"train,test" doc:"of tasks that say neither"`
			Note    string `query:"note" maxLength:"400"`
			RawBody []byte `contentType:"application/octet-stream"`
		}) (*body[suites.Info], error) {
			suite, err := suitefile.Parse(in.RawBody, suitefile.Options{Form: in.Form, Name: in.Name, Server: in.Server, Split: in.Split})
			if err != nil {
				return nil, err
			}
			return answer(s.Suites.Import(ctx, by, suite, in.Note))
		})
	register(s, http.MethodPost, "/suites/from-path", "import-suite-from-path", "Import a suite from a file or folder on the server's machine, such as task folders of Harbor's", "suites", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body suitePath }) (*body[suites.Info], error) {
			suite, err := s.Suites.ReadPath(in.Body.Path, suitefile.Options{Form: in.Body.Form, Name: in.Body.Name, Server: in.Body.Server, Split: in.Body.Split})
			if err != nil {
				return nil, err
			}
			return answer(s.Suites.Import(ctx, by, suite, ""))
		})
	register(s, http.MethodGet, "/suites/{id}", "get-suite", "One suite with its versions, by its id or name", "suites", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[suiteDetail], error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			versions, err := s.Suites.Versions(ctx, info.ID)
			return answer(suiteDetail{info, versions}, err)
		})
	register(s, http.MethodGet, "/suites/{id}/file", "export-suite", "The file of a suite, as it is imported", "suites", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID      string `path:"id"`
			Version int    `query:"version" minimum:"0" doc:"left out: the newest"`
		}) (*body[suiteContent], error) {
			_, content, err := s.Suites.Load(ctx, in.ID, in.Version)
			return answer(suiteContent{suites.Format, content.Name, content.Description, content.Tasks}, err)
		})
	registerAs(s, s.suiteFile("change-suite", http.MethodPut, "/suites/{id}/file", http.StatusOK, "Change a suite to what a file says: other tasks are its next version"),
		func(ctx context.Context, in *struct {
			ID      string `path:"id"`
			Base    int    `query:"base" required:"true" minimum:"1" doc:"the version that was changed: 409 where it is not the newest"`
			Form    string `query:"form" enum:"json,csv,miniwob" doc:"left out: told by the file"`
			Server  string `query:"server" maxLength:"2000" doc:"address of the folder with the pages of MiniWoB++"`
			Note    string `query:"note" maxLength:"400"`
			RawBody []byte `contentType:"application/octet-stream"`
		}) (*body[suites.Info], error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			suite, err := suitefile.Parse(in.RawBody, suitefile.Options{Form: in.Form, Else: info.Name, Server: in.Server})
			if err != nil {
				return nil, err
			}
			return answer(s.Suites.Change(ctx, by, info.ID, in.Base, suite, in.Note))
		})
	s.changeSuites()
	s.suiteRuns()
}

// changeSuites registers what is done with a suite as a whole.
func (s *server) changeSuites() {
	register(s, http.MethodPost, "/suites/{id}/copy", "copy-suite", "Keep a version of a suite as a new one, which can be changed", "suites", http.StatusCreated,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body copyOfSuite
		}) (*body[suites.Info], error) {
			return answer(s.Suites.Copy(ctx, by, in.ID, in.Body.Version, in.Body.Name))
		})
	register(s, http.MethodPost, "/suites/{id}/freeze", "freeze-suite", "Keep a suite from any later change, so that its runs stay comparable", "suites", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[suites.Info], error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(s.Suites.Freeze(ctx, by, info.ID))
		})
	register(s, http.MethodDelete, "/suites/{id}", "delete-suite", "Forget a suite, its versions, and which runs were its; the runs stay", "suites", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err == nil {
				err = s.Suites.Delete(ctx, by, info.ID)
			}
			return &nothing{}, err
		})
}

// suiteRuns registers runs of suites and what they show.
func (s *server) suiteRuns() {
	register(s, http.MethodPost, "/suites/{id}/runs", "run-suite", "Do the tasks of a suite as a group of runs", "suites", http.StatusCreated,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body request.SuiteRun
		}) (*body[suites.Run], error) {
			return answer(s.Suites.Start(ctx, by, in.ID, in.Body.Ask()))
		})
	register(s, http.MethodGet, "/suites/{id}/runs", "list-suite-runs", "The newest 20 runs of a suite with what they show, newest first", "suites", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[list[suites.Outcome]], error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			all, err := s.Suites.Outcomes(ctx, info.ID)
			return newList(catalog.Page[suites.Outcome]{Items: all, Total: info.Runs}, same), err
		})
	register(s, http.MethodGet, "/suites/{id}/runs/{run}", "get-suite-run", "One run of a suite with its tries", "suites", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID  string `path:"id"`
			Run string `path:"run"`
		}) (*body[suiteRunDetail], error) {
			info, err := s.Suites.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			o, err := s.Suites.Outcome(ctx, in.Run)
			if err == nil && o.Run.Suite != info.ID {
				err = agent.Errorf(agent.CodeNotFound, "%s is no run of the suite %s", agent.Clip(in.Run, 40), info.Name)
			}
			if err != nil {
				return nil, err
			}
			tries, err := s.Suites.Tries(ctx, in.Run)
			return answer(suiteRunDetail{o, append([]suites.Try{}, tries[in.Run]...)}, err)
		})
	register(s, http.MethodGet, "/suites/{id}/compare", "compare-suite-runs", "What got fixed and what got broken between two runs of a suite, by the tasks that both did", "suites", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID     string `path:"id"`
			Before string `query:"before" required:"true" minLength:"1" doc:"id of a run of the suite"`
			After  string `query:"after" required:"true" minLength:"1"`
		}) (*body[suites.Comparison], error) {
			if _, err := s.Suites.Get(ctx, in.ID); err != nil {
				return nil, err
			}
			return answer(s.Suites.Compare(ctx, in.Before, in.After))
		})
}

// suiteFile describes an operation that takes the file of a suite, whatever the
// client calls its type.
func (s *server) suiteFile(id, method, path string, status int, summary string) huma.Operation {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", MinLength: new(1), Description: "the file of a suite: JSON, a table or a list of MiniWoB++ (docs/suites.md)"}
	return huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1" + path, Tags: []string{"suites"}, DefaultStatus: status, Summary: summary,
		MaxBodyBytes: suites.MaxBytes + 1, SkipValidateBody: true, // suites.Parse names every problem by its line
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			jsonType:                   {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[suiteContent](), true, "SuiteContent")},
			"application/octet-stream": {Schema: file}, "text/plain": {Schema: file}, "text/csv": {Schema: file},
		}},
	}
}
