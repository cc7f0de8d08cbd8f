// Package search finds texts by likeness: by their words (BM25), by hashed
// vectors, and by both, joined by reciprocal rank fusion. It needs no model and
// no store, gives the same answer on every machine, and follows a collection
// that changes text by text.
package search
