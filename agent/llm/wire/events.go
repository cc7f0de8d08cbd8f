package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
)

// Event is one message of a stream.
type Event struct {
	Name string // of its event: line; "" where it has none
	Data []byte // one JSON value, mostly; it holds until the next call of Next
}

// Events reads a stream as servers send it, whatever they call it: events after
// data:, one JSON value a line (NDJSON), or one whole answer. Lines end with LF,
// CR LF or CR; a byte order mark, comments, heartbeats and empty events are
// skipped. A JSON value is an event as soon as it is whole, so that blank lines
// between events may be missing, and a value may be spread over lines.
type Events struct {
	lines   lineReader
	name    string
	pending []byte // of a value that is not whole yet
	raw     bool   // the value did not begin after data:
	scan    jsonScan
	rest    []byte // of the line, after a whole value
	done    bool
	stray   []byte
}

// maxStray bounds the text that is kept of lines that are no events.
const maxStray = 4 << 10

// NewEvents returns a reader of r, which the caller bounds.
func NewEvents(r io.Reader) *Events {
	return &Events{lines: lineReader{r: bufio.NewReaderSize(r, 8<<10)}}
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 8<<10) }}

// pooledEvents are Events whose buffer goes back by release.
func pooledEvents(r io.Reader) *Events {
	buffered := readers.Get().(*bufio.Reader) //nolint:forcetypeassert // New makes nothing else
	buffered.Reset(r)
	return &Events{lines: lineReader{r: buffered}}
}

func (e *Events) release() {
	e.lines.r.Reset(nil)
	readers.Put(e.lines.r)
	e.lines.r = nil
}

// Next returns the next event. At the end it is io.EOF; ErrCut where the end came
// within a value.
func (e *Events) Next() (Event, error) {
	for !e.done {
		line := e.rest
		e.rest = nil
		if len(line) == 0 {
			var err error
			if line, err = e.lines.next(); err != nil {
				return Event{}, e.end(err)
			}
		}
		if data := e.line(line); data != nil {
			event := Event{Name: e.name, Data: data}
			e.name, e.scan, e.raw = "", jsonScan{}, false
			e.pending = e.pending[:0]
			return event, nil
		}
	}
	return Event{}, io.EOF
}

// Done reports whether the stream was closed by [DONE].
func (e *Events) Done() bool { return e.done }

// Stray is the beginning of what was read and is no event: a page of HTML, or an
// error in plain words.
func (e *Events) Stray() string { return string(e.stray) }

func (e *Events) end(err error) error {
	if errors.Is(err, io.EOF) && len(e.pending) > 0 {
		return ErrCut
	}
	return err
}

// line takes a line, and returns the value that it completes; nil for none.
func (e *Events) line(line []byte) []byte {
	trimmed := bytes.TrimSpace(line)
	open := len(e.pending) > 0
	switch {
	case len(trimmed) == 0 && open && !e.raw: // the event ends, its value does not: whoever reads it says so
		return e.pending
	case len(trimmed) == 0:
		if !open {
			e.name = ""
		}
		return nil
	case open && e.raw:
		return e.value(line)
	case trimmed[0] == ':': // a comment
		return nil
	}
	field, value := fieldOf(trimmed)
	switch field {
	case fieldData:
		return e.value(value)
	case fieldEvent:
		if !bytes.Equal(value, []byte(e.name)) {
			e.name = string(value)
		}
		return nil
	case fieldOther:
		return nil
	case noField:
	}
	if open { // a value that was sent with bare line ends
		return e.value(line)
	}
	e.raw = true
	return e.value(trimmed)
}

// value takes part of a value.
func (e *Events) value(text []byte) []byte {
	if len(e.pending) == 0 {
		switch {
		case len(text) == 0:
			return nil
		case bytes.EqualFold(text, []byte("[DONE]")):
			e.done = true
			return nil
		case text[0] != '{' && text[0] != '[':
			if room := maxStray - len(e.stray); room > 0 {
				e.stray = append(append(e.stray, text[:min(len(text), room)]...), '\n')
			}
			e.raw = false
			return nil
		}
	}
	end := e.scan.feed(text)
	if end < 0 {
		e.pending = append(append(e.pending, text...), '\n')
		return nil
	}
	e.rest = bytes.TrimSpace(text[end:])
	if len(e.pending) == 0 {
		return text[:end]
	}
	e.pending = append(e.pending, text[:end]...)
	return e.pending
}

type field int

const (
	noField field = iota
	fieldData
	fieldEvent
	fieldOther
)

var (
	dataField  = []byte("data")
	eventField = []byte("event")
	otherNames = [][]byte{[]byte("id"), []byte("retry")}
)

// fieldOf reads a line of an event. Some proxies put a second data: into the first.
func fieldOf(line []byte) (field, []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case bytes.EqualFold(name, dataField):
		value = bytes.TrimSpace(value)
		for bytes.HasPrefix(value, []byte("data:")) {
			value = bytes.TrimSpace(value[len("data:"):])
		}
		return fieldData, value
	case bytes.EqualFold(name, eventField):
		return fieldEvent, bytes.TrimSpace(value)
	case bytes.EqualFold(name, otherNames[0]), bytes.EqualFold(name, otherNames[1]):
		return fieldOther, nil
	}
	return noField, nil
}

// jsonScan finds the end of an object or a list, piece by piece.
type jsonScan struct {
	depth             int
	inString, escaped bool
}

// feed takes the next piece and returns where in it the value ends; -1 where it
// goes on.
func (s *jsonScan) feed(piece []byte) int {
	for i := 0; i < len(piece); i++ {
		if s.inString && !s.escaped { // most bytes are inside of strings
			n := bytes.IndexByte(piece[i:], '"')
			m := n
			if n < 0 {
				m = len(piece) - i
			}
			if slash := bytes.IndexByte(piece[i:i+m], '\\'); slash >= 0 {
				s.escaped = true
				i += slash
				continue
			}
			if n < 0 {
				return -1
			}
			s.inString = false
			i += n
			continue
		}
		switch c := piece[i]; {
		case s.escaped:
			s.escaped = false
		case c == '"':
			s.inString = true
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			if s.depth--; s.depth <= 0 {
				return i + 1
			}
		}
	}
	return -1
}

// lineReader reads lines that end with LF, CR LF or CR.
type lineReader struct {
	r      *bufio.Reader
	long   []byte // a line that is longer than the buffer, or came in pieces
	begun  bool
	skipLF bool
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// skips takes a byte order mark away, and the second sign of a line's end; true
// where the buffer has to be looked at again.
func (l *lineReader) skips(first byte) bool {
	if !l.begun {
		l.begun = true
		if first == byteOrderMark[0] {
			if mark, _ := l.r.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
				_, _ = l.r.Discard(len(byteOrderMark))
			}
			return true
		}
	}
	if !l.skipLF {
		return false
	}
	if l.skipLF = false; first != '\n' {
		return false
	}
	_, _ = l.r.Discard(1)
	return true
}

// next returns a line without its end; it holds until the next call. The last
// line needs no end. At the end it is io.EOF.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		if _, err := l.r.Peek(1); err != nil {
			if len(l.long) > 0 && errors.Is(err, io.EOF) {
				return l.long, nil
			}
			return nil, err
		}
		held, _ := l.r.Peek(l.r.Buffered())
		if l.skips(held[0]) {
			continue
		}
		end := bytes.IndexByte(held, '\n')
		if end < 0 {
			end = len(held)
		}
		if cr := bytes.IndexByte(held[:end], '\r'); cr >= 0 {
			end = cr
		}
		if end == len(held) {
			l.long = append(l.long, held...)
			_, _ = l.r.Discard(end)
			if len(l.long) > MaxBodyBytes {
				return nil, ErrTooLarge
			}
			continue
		}
		l.skipLF = held[end] == '\r'
		_, _ = l.r.Discard(end + 1)
		if len(l.long) == 0 {
			return held[:end], nil
		}
		l.long = append(l.long, held[:end]...)
		return l.long, nil
	}
}
