package models

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent/embedding"
)

// Vectors keeps what embedding models made of texts. It is safe for concurrent use.
type Vectors struct{ db *DB }

var _ embedding.Store = (*Vectors)(nil)

// vectorsPerQuery bounds the keys of one statement.
const vectorsPerQuery = 500

// Vectors returns the stored vectors of a model by key.
func (v *Vectors) Vectors(ctx context.Context, model string, keys []embedding.Key) (map[embedding.Key][]float32, error) {
	found := make(map[embedding.Key][]float32, len(keys))
	for part := range slices.Chunk(keys, vectorsPerQuery) {
		raw := make([][]byte, len(part))
		for i := range part {
			raw[i] = part[i][:]
		}
		var rows []struct{ Key, Vector []byte }
		err := v.db.read.WithContext(ctx).Raw(`SELECT key, vector FROM vectors WHERE model = ? AND key IN ?`, model, raw).Scan(&rows).Error
		if err != nil {
			return nil, failed(err, "load vectors of %s", model)
		}
		for _, r := range rows {
			if len(r.Key) != len(embedding.Key{}) || len(r.Vector)%4 != 0 {
				return nil, fmt.Errorf("a vector of %s is damaged", model)
			}
			vector := make([]float32, len(r.Vector)/4)
			for i := range vector {
				vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(r.Vector[4*i:]))
			}
			found[embedding.Key(r.Key)] = vector
		}
	}
	return found, nil
}

// SaveVectors stores vectors of a model; one that is there stays.
func (v *Vectors) SaveVectors(ctx context.Context, model string, vectors map[embedding.Key][]float32) error {
	err := v.db.writeTx(ctx, func(tx *gorm.DB) error {
		for key, vector := range vectors {
			raw := make([]byte, 0, 4*len(vector))
			for _, x := range vector {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
			}
			if err := tx.Exec(`INSERT INTO vectors (model, key, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, model, key[:], raw).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return failed(err, "store vectors of %s", model)
}
