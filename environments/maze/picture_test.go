package maze

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run go test -update\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestGoldenEpisode(t *testing.T) {
	m := newMaze(t, `{"goal":"carry"}`)
	states := solve(t, m, agent.Task{Seed: 7})
	var story strings.Builder
	for _, s := range states {
		story.WriteString(s.Summary + "\n" + s.Data.String() + "\n\n")
	}
	golden(t, "episode.txt", story.String())
	svg, err := m.Picture(states[len(states)/2])
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "picture.svg", svg)
}

func TestPictureIsSelfContainedXML(t *testing.T) {
	for _, raw := range []string{`{"size":2,"keys":3,"goal":"carry"}`, `{}`, `{"size":12,"keys":4,"one_way":12,"loops":1}`} {
		t.Run(raw, func(t *testing.T) {
			m := newMaze(t, raw)
			for _, s := range slices.Concat(walk(t, m, 5, 40), solve(t, m, agent.Task{Seed: 5})) {
				svg, err := m.Picture(s)
				if err != nil {
					t.Fatal(err)
				}
				if len(svg) > 40_000 {
					t.Errorf("%d bytes", len(svg))
				}
				checkSVG(t, svg, s.Summary)
			}
		})
	}
}

// checkSVG reads the whole document and refuses what could reach outside it.
func checkSVG(t *testing.T, svg, title string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	inTitle, said := false, ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inTitle = e.Name.Local == "title"
			if !slices.Contains([]string{"svg", "title", "style", "g", "rect", "circle", "path", "text"}, e.Name.Local) {
				t.Errorf("element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "id" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "url(") {
					t.Errorf("attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			inTitle = false
		case xml.CharData:
			if inTitle {
				said += string(e)
			}
		}
	}
	if said != title {
		t.Errorf("title %q, want %q", said, title)
	}
}

// TestPictureShowsOnlyWhatWasSeen: the treasure and keys appear in the picture
// no sooner than in the state.
func TestPictureShowsOnlyWhatWasSeen(t *testing.T) {
	m := newMaze(t, `{"size":6,"keys":3}`)
	treasure := false
	var keys [maxKeys]bool
	for i, s := range walk(t, m, 13, 900) {
		p, j, err := m.read(s)
		if err != nil {
			t.Fatal(err)
		}
		treasure = treasure || j.room == p.treasure
		svg, err := m.Picture(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(svg, toneGold) != treasure {
			t.Fatalf("step %d: treasure in the picture %v, seen %v", i, !treasure, treasure)
		}
		for k, room := range p.keyRooms {
			keys[k] = keys[k] || j.room == room
			if !keys[k] && !sawDoor(p, &j, k) && strings.Contains(svg, tone(p.colours[k])) {
				t.Fatalf("step %d: the %s key or door is in the picture and was not seen", i, p.colours[k])
			}
		}
	}
}

func sawDoor(p *plan, j *journey, door int) bool {
	for room, ways := range p.ways {
		for _, w := range ways {
			if j.hasSeen(room) && w.door == door {
				return true
			}
		}
	}
	return false
}
