package workshop

// The vocabulary. It is public; only how its words belong together is secret.
var (
	kinds        = [...]string{"tray", "flute", "lamp", "comb", "chest", "spindle"}
	materials    = [...]string{"oak", "ash", "iron", "clay", "horn", "reed"}
	colours      = [...]string{"red", "blue", "green", "black", "white"}
	preparations = [...]string{"heat", "soak", "oil"}
	operations   = [...]string{"plane", "carve", "seal", "bend", "drill", "sand"}
	worked       = [...]string{"planed", "carved", "sealed", "bent", "drilled", "sanded"}
	pigments     = [...]string{"madder", "woad", "weld", "soot", "chalk"}
	mordants     = [...]string{"alum", "salt", "tannin"}
	stations     = [...]string{"block", "frame", "wheel"}
)

// Numbers of the secrets' parts.
const (
	pieceCount = 6
	maxChain   = 4 // operations in the longest recipe
)

// How a piece is prepared.
const (
	prepNo uint8 = iota
	prepRight
	prepWrong
)

var prepWords = [...]string{"no", "right", "wrong"}

// Where a piece is. Stations follow placeBench.
const (
	placeShelf uint8 = iota
	placeBench
	placeStation // the first of them
)

// Where a piece is when it can no longer be worked on.
const (
	placeDelivered = placeStation + uint8(len(stations))
	placeGone      = placeDelivered + 1
)

// none stands for what an order leaves open, a colour not given and a mordant
// not applied. Real values count from 1.
const none uint8 = 0

// named returns the word for a value that counts from 1, or zero's word.
func named(words []string, v uint8, zero string) string {
	if v == none || int(v) > len(words) {
		return zero
	}
	return words[v-1]
}

func placeWord(place uint8) string {
	switch {
	case place == placeShelf:
		return "shelf"
	case place == placeBench:
		return "bench"
	case place < placeDelivered:
		return stations[place-placeStation]
	case place == placeDelivered:
		return "delivered"
	}
	return "gone"
}

func pieceName(i int) string { return "piece" + string(rune('1'+i)) }
