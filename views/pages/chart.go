package pages

// Verdict is one sentence: Point is what stands out in it, More what is quiet.
type Verdict struct{ Lead, Point, Rest, More string }

// Interval is a share with its 95 % interval, placed on an axis from 0 to 1 as
// SVG percentages. Words, where there are any, are shown instead.
type Interval struct {
	Words                  string
	Label                  string // the sentence for those who can't see it
	Point, Low, High, Zero string // "61.2%"
	Radius, Tone           string // tone is b-pos, b-neg or b-nil
	Share, Range           string // ".81", "[.71, .88]"
}
