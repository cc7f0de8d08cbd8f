package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The two sides of a workspace speak in frames: a byte that says what it is, four
// with the length (big endian), and so many bytes.
const (
	frameRequest = 'q' // to the inside: JSON of a request
	frameData    = 'd' // either way: bytes of what is sent
	frameEnd     = 'e' // to the inside: no more bytes
	frameKill    = 'k' // to the inside: end all programs
	frameStdout  = 'o' // to the outside: bytes that a command wrote
	frameStderr  = 'r'
	frameReply   = 'f' // to the outside: JSON of the reply, the last frame of a request

	maxFrame = 4 << 20
	chunk    = 64 << 10
)

// writeFrame writes one frame in one call of Write.
func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("a frame of %d bytes is too long", len(payload))
	}
	b := make([]byte, 5, 5+len(payload))
	b[0] = kind
	binary.BigEndian.PutUint32(b[1:], uint32(len(payload)))
	_, err := w.Write(append(b, payload...))
	return err
}

// readFrame reads one frame. What comes from the inside may be anything: a kind
// that is none of ours and a length above the bound are errors.
func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes is too long", length)
	}
	switch head[0] {
	case frameRequest, frameData, frameEnd, frameKill, frameStdout, frameStderr, frameReply:
	default:
		return 0, nil, fmt.Errorf("a frame of unknown kind %d", head[0])
	}
	payload = make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return head[0], payload, nil
}

// request is what the inside is asked for.
type request struct {
	Op    string   `json:"op"`
	At    place    `json:"at,omitzero"`
	Deep  bool     `json:"deep,omitempty"`  // list: folders below too
	Mode  uint32   `json:"mode,omitempty"`  // write
	Limit int64    `json:"limit,omitempty"` // archive: bytes at most
	Argv  []string `json:"argv,omitempty"`
	Env   []string `json:"env,omitempty"`
	Rules *rules   `json:"rules,omitempty"` // run
}

// The requests.
const (
	opRun     = "run"
	opList    = "list"
	opRead    = "read"
	opWrite   = "write"
	opFolder  = "folder"
	opRemove  = "remove"
	opArchive = "archive"
	opUnpack  = "unpack"
	opHello   = "hello"
)

// rules are the limits that the kernel holds for one command.
type rules struct {
	CPUSeconds uint64   `json:"cpu_seconds"`
	Data       uint64   `json:"data"`
	File       uint64   `json:"file"`
	Processes  uint64   `json:"processes"`
	OpenFiles  uint64   `json:"open_files"`
	Writable   []string `json:"writable"`
	Dir        string   `json:"dir"`
}

// reply is the answer to a request. All of it comes from a side that is not
// trusted: numbers and texts are checked before they are used.
type reply struct {
	Code    string  `json:"code,omitempty"` // of an error
	Message string  `json:"message,omitempty"`
	Exit    int     `json:"exit,omitempty"`
	Signal  int     `json:"signal,omitempty"`
	CPU     int64   `json:"cpu,omitempty"` // microseconds
	Entries []Entry `json:"entries,omitempty"`
	PID     int     `json:"pid,omitempty"` // hello: of the keeper, as seen inside
}

func writeJSON(w io.Writer, kind byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeFrame(w, kind, b)
}
