package app

import (
	"context"
	"time"
)

// Tend does beside the serving what nobody waits for, until ctx ends: daily
// snapshots of the library, deleted runs that go for good, and a look for model
// servers on this machine. Close waits for it.
func (a *App) Tend(ctx context.Context) {
	a.background.Go(func() { a.dailySnapshots(ctx) })
	a.background.Go(func() { // later changes of runs go on with it
		if n, err := a.Runs.Purge(ctx); err != nil {
			a.cfg.Logger.Warn("runs that were deleted long ago are still there", "error", err)
		} else if n > 0 {
			a.cfg.Logger.Info("runs that were deleted long ago went for good", "runs", n)
		}
	})
	a.background.Go(func() { // what is there is offered
		if found, err := a.Models.Local(ctx); err == nil && len(found) > 0 {
			a.cfg.Logger.Info("model servers found on this machine", "servers", len(found))
		}
	})
}

// dailySnapshots keeps the library once a day, if it changed, until ctx ends.
// A snapshot that could not be taken is tried again an hour later.
func (a *App) dailySnapshots(ctx context.Context) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		if _, err := a.Snapshots.Daily(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Logger.WarnContext(ctx, "the daily snapshot of the library could not be taken", "err", err)
		}
		select {
		case <-hourly.C:
		case <-ctx.Done():
			return
		}
	}
}
