package pages

// Tick is a mark on an axis.
type Tick struct{ At, Text string }

// CurveDot is one mark of a chart at a place, with its words.
type CurveDot struct{ X, Y, Title string }

// Whisker is an interval that stands upright in a chart.
type Whisker struct{ X, Low, High string }

// Curve is one series of a chart of shares. Key says whose it is and with that
// its colour, dash and mark: on, off, placebo, append, shuffled, explorer or
// other. Paths are in a box of 100 × the chart's height.
type Curve struct {
	Key, Name  string
	Line, Band string
	Dots       []CurveDot // raw outcomes, small
	Marks      []CurveDot // what was computed from them
	Whiskers   []Whisker
	EndText    string // at the right end, "" for none
	LabelY     string
}

// CurveChart is a chart of shares from 0 to 1 with its words for those who
// can't see it. Rows name places beside the plot that hold raw outcomes.
type CurveChart struct {
	Height, Label  string
	Words          string // instead of curves: not enough data
	WordsY         string
	YTicks, XTicks []Tick
	XTicksY        string
	Rows           []Tick
	Curves         []Curve
	Events         []CurveDot // what happened at places of the axis, with its words
}
