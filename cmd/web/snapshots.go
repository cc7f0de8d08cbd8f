package main

import (
	"context"
	"time"
)

// dailySnapshots keeps the library once a day, if it changed, until ctx ends.
// A snapshot that could not be taken is tried again an hour later.
func (a *app) dailySnapshots(ctx context.Context) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		if _, err := a.db.Snapshots().Daily(ctx); err != nil && ctx.Err() == nil {
			a.logger.WarnContext(ctx, "the daily snapshot of the library could not be taken", "err", err)
		}
		select {
		case <-hourly.C:
		case <-ctx.Done():
			return
		}
	}
}
