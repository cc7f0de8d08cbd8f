package app

// maxKept bounds each kind of thing that is kept for runs to come: names of models
// and scopes come from outside. The oldest goes; runs that have it keep it.
const maxKept = 128

// keep is a bounded memory; the zero value is empty.
type keep[K comparable, V any] struct {
	order []K // oldest first
	items map[K]V
}

// get returns what is kept for a key, built where it is not there yet.
func (k *keep[K, V]) get(key K, build func() (V, error)) (V, error) {
	if v, ok := k.items[key]; ok {
		return v, nil
	}
	v, err := build()
	if err != nil {
		return v, err
	}
	k.put(key, v)
	return v, nil
}

// put keeps the newest for a key.
func (k *keep[K, V]) put(key K, v V) {
	if k.items == nil {
		k.items = map[K]V{}
	}
	if _, ok := k.items[key]; !ok {
		if len(k.order) >= maxKept {
			delete(k.items, k.order[0])
			k.order = k.order[1:]
		}
		k.order = append(k.order, key)
	}
	k.items[key] = v
}
