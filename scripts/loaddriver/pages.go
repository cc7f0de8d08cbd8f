package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// pages measures the pages of long runs, and the lists over all that is kept.
func (s *target) pages(ctx context.Context, steps int) error {
	fmt.Printf("\npage of a run of         100      1,000     50,000 steps\n")
	var first, size [3]float64
	for i, n := range longRuns {
		for range 20 {
			got, err := s.fetch(ctx, "/runs/"+longRun(n))
			if err != nil {
				return err
			}
			first[i], size[i] = first[i]+got.first.Seconds()*1000/20, float64(got.bytes)/1024
		}
	}
	fmt.Printf("  first byte, mean  %8.1f   %8.1f   %8.1f ms   budget 50\n", first[0], first[1], first[2])
	fmt.Printf("  gzipped           %8.1f   %8.1f   %8.1f KB   budget 60\n", size[0], size[1], size[2])

	fmt.Printf("\nlists over %d steps in %d runs, 40 requests each\n", steps, steps/stepsEach)
	var all []float64
	for _, path := range []string{
		"/runs", "/runs?q=" + url.QueryEscape("status:finished phi:<9 steps:>20"), "/runs?q=" + url.QueryEscape("solved:no env:maze"), "/runs?q=" + url.QueryEscape(`"treasure 1999"`),
		"/runs?sort=phi", "/runs?sort=took", "/library?q=", "/replay",
		"/api/v1/runs?q=" + url.QueryEscape("-status:finished"), "/api/v1/runs?limit=50&sort=steps", "/find?part=list&q=treasure",
	} {
		var took []float64
		for range 40 {
			got, err := s.fetch(ctx, path)
			if err != nil {
				return err
			}
			took = append(took, got.whole.Seconds()*1000)
		}
		all = append(all, took...)
		slices.Sort(took)
		fmt.Printf("  p50 %6.1f  p99 %6.1f ms  %s\n", quantile(took, .5), quantile(took, .99), path)
	}
	slices.Sort(all)
	fmt.Printf("  p50 %6.1f  p99 %6.1f ms  all of them   budget p99 50\n", quantile(all, .5), quantile(all, .99))
	return nil
}

// fetched is how one page came.
type fetched struct {
	first, whole time.Duration // to the first byte, to the last
	bytes        int           // as they went over the wire, compressed
}

func (s *target) fetch(ctx context.Context, path string) (fetched, error) {
	var f fetched
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return f, err
	}
	request.Header.Set("Accept-Encoding", "gzip") // by hand: the client leaves it packed
	began := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return f, err
	}
	defer func() { _ = response.Body.Close() }()
	f.first = time.Since(began)
	n, err := io.Copy(io.Discard, response.Body)
	f.whole, f.bytes = time.Since(began), int(n)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d", path, response.StatusCode)
	}
	return f, err
}
