package desk

import (
	"context"
	"time"
)

// tendEvery is how often Run looks after things.
const tendEvery = time.Minute

// Run looks after what no command does, until ctx ends: it counts denials.
func (d *Desk) Run(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.Tend(ctx, now)
		}
	}
}

// Tend is one round of Run.
func (d *Desk) Tend(ctx context.Context, _ time.Time) {
	d.countDenials(ctx, false)
}
