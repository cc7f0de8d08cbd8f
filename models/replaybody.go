package models

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	"purposeagent/agent"
)

// packers are used again: a new one makes tables of more than a megabyte. A
// sync.Pool would lose them at each collection, which in a small heap is soon.
var packers = make(chan *flate.Writer, 2)

func packer(to io.Writer) (*flate.Writer, error) {
	select {
	case w := <-packers:
		w.Reset(to)
		return w, nil
	default:
		return flate.NewWriter(to, flate.BestSpeed)
	}
}

// packTrajectory encodes and compresses a trajectory; states repeat a lot. size is that
// of what was compressed.
func packTrajectory(t *agent.Trajectory) (body []byte, size int, err error) {
	raw, err := encodeTrajectory(t)
	if err != nil {
		return nil, 0, fmt.Errorf("encode trajectory %s: %w", t.ID, err)
	}
	body, err = pack(raw)
	return body, len(raw), err
}

// pack compresses bytes.
func pack(raw []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := packer(&packed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	select {
	case packers <- w:
	default: // as many as are kept
	}
	return packed.Bytes(), nil
}

// unpack is pack's other way.
func unpack(packed []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
}

// unpackTrajectory fills t from a packed body and returns its size unpacked.
func unpackTrajectory(body []byte, t *agent.Trajectory) (int, error) {
	raw, err := unpack(body)
	if err != nil {
		return 0, fmt.Errorf("unpack trajectory %s: %w", t.ID, err)
	}
	return len(raw), decodeTrajectory(raw, t)
}

// maxCachedBodies bounds the decoded bodies kept in memory, by their bytes as JSON.
const maxCachedBodies = 8 << 20

// bodyCache keeps the trajectories that were read last. The zero value keeps none.
type bodyCache struct {
	limit, size int
	entries     map[string]cachedBody
	clock       int64
}

type cachedBody struct {
	t    *agent.Trajectory
	size int
	used int64
}

func (c *bodyCache) get(id string) *agent.Trajectory {
	e, ok := c.entries[id]
	if !ok {
		return nil
	}
	c.clock++
	e.used = c.clock
	c.entries[id] = e
	return e.t
}

func (c *bodyCache) put(t *agent.Trajectory, size int) {
	if size > c.limit/4 {
		return // one long run would push out all others
	}
	if c.entries == nil {
		c.entries = map[string]cachedBody{}
	}
	c.remove(t.ID)
	c.clock++
	c.entries[t.ID] = cachedBody{t, size, c.clock}
	for c.size += size; c.size > c.limit; {
		oldest := ""
		for id, e := range c.entries {
			if oldest == "" || e.used < c.entries[oldest].used {
				oldest = id
			}
		}
		c.remove(oldest)
	}
}

func (c *bodyCache) remove(id string) {
	c.size -= c.entries[id].size
	delete(c.entries, id)
}
