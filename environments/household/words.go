package household

// The vocabulary. It is public; only how its words belong together is secret. A
// house of a size has the first of each.
var (
	rooms     = [...]string{"kitchen", "bedroom", "bathroom", "study", "cellar", "attic", "porch", "pantry"}
	stores    = [...]string{"table", "cupboard", "shelf", "drawer", "bench", "chest", "rack", "wardrobe"}
	materials = [...]string{"clay", "tin", "glass", "wood", "stone"}
	// kinds are the things that are asked for, newKinds those that only the setting
	// kinds=new asks for.
	kinds    = [...]string{"cup", "plate", "bowl", "spoon", "jar", "vase", "tray", "comb", "ladle", "flute"}
	newKinds = [...]string{"mug", "pot", "flask", "bell"}
	tools    = [preparations][3]string{
		washing:  {"basin", "tub", "pump"},
		heating:  {"stove", "oven", "grill"},
		cooling:  {"fridge", "icebox", "freezer"},
		lighting: {"lamp", "lantern", "torch"},
	}
)

// closable reports which of the stores have a door.
var closable = [len(stores)]bool{1: true, 3: true, 5: true, 7: true}

// What a tool is used for.
const (
	washing = iota
	heating
	cooling
	lighting
	preparations
)

// size is how much there is in a house.
type size struct{ rooms, stores, tools, kinds, materials, items int }

var sizes = map[string]size{
	SizeSmall:  {rooms: 3, stores: 4, tools: 2, kinds: 5, materials: 3, items: 5},
	SizeMedium: {rooms: 5, stores: 6, tools: 3, kinds: 8, materials: 4, items: 8},
	SizeLarge:  {rooms: 8, stores: 8, tools: 3, kinds: 10, materials: 5, items: maxItems},
}

// maxItems is the most things that a house has.
const maxItems = 10

// The warmth of a thing, in the order of its words.
const (
	mild uint8 = iota
	hot
	cold
)

var (
	warmths = [...]string{"mild", "hot", "cold"}
	washed  = [...]string{"dirty", "clean"}
)

// What a tool needs before it works.
const (
	needsOn uint8 = iota
	needsOpen
	needsClosed
	needs
)

var needWords = [...]string{"on", "open", "closed"}

func kindName(k uint8) string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return newKinds[int(k)-len(kinds)]
}

// allKinds is the number of kinds, new ones included.
const allKinds = len(kinds) + len(newKinds)

func plural(word string) string { return word + "s" }

func article(word string) string {
	switch word[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + word
	}
	return "a " + word
}

// preposition says how something lies in or on a piece of furniture.
func preposition(store int) string {
	if closable[store] {
		return "in"
	}
	return "on"
}

func shorten(text string) string {
	r := []rune(text)
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return text
}
