package runview

import "math"

// XY is a point of a line.
type XY struct{ X, Y float64 }

// Thin returns at most limit of the points, the first and the last among them,
// such that the line looks the same: largest triangle three buckets
// (Steinarsson 2013). Points must be in the order of X.
func Thin(points []XY, limit int) []XY {
	n := len(points)
	if n <= limit || limit < 3 {
		return points
	}
	out := make([]XY, 0, limit)
	out = append(out, points[0])
	width := float64(n-2) / float64(limit-2)
	last := 0
	for bucket := range limit - 2 {
		from := int(float64(bucket)*width) + 1
		to := int(float64(bucket+1)*width) + 1
		mean := meanOf(points[to:min(int(float64(bucket+2)*width)+1, n)])
		chosen, largest := from, -1.0
		for i := from; i < to; i++ {
			a, b := points[last], points[i]
			area := math.Abs((a.X-mean.X)*(b.Y-a.Y) - (a.X-b.X)*(mean.Y-a.Y))
			if area > largest {
				chosen, largest = i, area
			}
		}
		out = append(out, points[chosen])
		last = chosen
	}
	return append(out, points[n-1])
}

func meanOf(points []XY) XY {
	var sum XY
	for _, p := range points {
		sum.X += p.X
		sum.Y += p.Y
	}
	n := float64(max(len(points), 1))
	return XY{sum.X / n, sum.Y / n}
}
