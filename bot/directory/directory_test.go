package directory_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/directory"
	"keydesk/catalog"
)

// source answers what its function says and counts the questions.
type source struct {
	asked atomic.Int32
	say   func(ctx context.Context, id string) (catalog.Roles, error)
}

func (s *source) Roles(ctx context.Context, id string) (catalog.Roles, error) {
	s.asked.Add(1)
	return s.say(ctx, id)
}

func always(r catalog.Roles) *source {
	return &source{say: func(context.Context, string) (catalog.Roles, error) { return r, nil }}
}

var errSource = errors.New("the source is down")

func TestAnAnswerLivesFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := always(catalog.RolesOf(catalog.L2))
		c := directory.New(s)
		steps := []struct {
			wait  time.Duration
			id    string
			asked int32
		}{
			{0, "A", 1}, {0, "a", 1}, {0, " a ", 1}, {0, "b", 2},
			{directory.KeepFor - time.Second, "a", 2}, {time.Second, "a", 3}, {0, "a", 3},
		}
		for i, step := range steps {
			time.Sleep(step.wait)
			roles, err := c.Roles(t.Context(), step.id)
			if err != nil || !roles.Has(catalog.L2) || s.asked.Load() != step.asked {
				t.Fatalf("step %d: %v %v, asked %d", i, roles, err, s.asked.Load())
			}
		}
	})
}

func TestNobodyHasNoRole(t *testing.T) {
	s := always(catalog.RolesOf(catalog.Admin))
	c := directory.New(s)
	for _, ask := range []func(context.Context, string) (catalog.Roles, error){c.Roles, c.FreshRoles} {
		if roles, err := ask(t.Context(), ""); roles != 0 || err != nil || s.asked.Load() != 0 {
			t.Errorf("%v %v, asked %d", roles, err, s.asked.Load())
		}
	}
}

func TestNoAnswerIsAnErrorAndIsNotKept(t *testing.T) {
	down := true
	s := &source{}
	s.say = func(context.Context, string) (catalog.Roles, error) {
		if down {
			return catalog.RolesOf(catalog.Admin), errSource
		}
		return catalog.RolesOf(catalog.L1), nil
	}
	c := directory.New(s)
	for _, ask := range []func(context.Context, string) (catalog.Roles, error){c.Roles, c.FreshRoles} {
		if roles, err := ask(t.Context(), "a"); roles != 0 || !errors.Is(err, errSource) {
			t.Errorf("%v %v", roles, err)
		}
	}
	down = false
	if roles, err := c.Roles(t.Context(), "a"); err != nil || !roles.Has(catalog.L1) {
		t.Errorf("after it came back: %v %v", roles, err)
	}
}

func TestManyAtOnceAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := &source{say: func(context.Context, string) (catalog.Roles, error) {
			<-gate
			return catalog.RolesOf(catalog.NOC), nil
		}}
		c := directory.New(s)
		impatient, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Roles(impatient, "a"); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who gave up got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if roles, err := c.Roles(t.Context(), "a"); err != nil || !roles.Has(catalog.NOC) {
					t.Errorf("%v %v", roles, err)
				}
			})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		wg.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// A slow answer from before a revocation must not come back over a fresh one from after it.
func TestAnOldAnswerNeverReplacesANewOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		s := &source{}
		s.say = func(context.Context, string) (catalog.Roles, error) {
			if s.asked.Load() == 1 {
				<-slow
				return catalog.RolesOf(catalog.Admin), nil
			}
			return 0, nil
		}
		c := directory.New(s)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = c.Roles(t.Context(), "a") })
		synctest.Wait()
		if roles, err := c.FreshRoles(t.Context(), "a"); roles != 0 || err != nil {
			t.Errorf("fresh: %v %v", roles, err)
		}
		close(slow)
		wg.Wait()
		if roles, err := c.Roles(t.Context(), "a"); roles != 0 || err != nil || s.asked.Load() != 2 {
			t.Errorf("after: %v %v, asked %d", roles, err, s.asked.Load())
		}
	})
}

func TestASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{say: func(ctx context.Context, _ string) (catalog.Roles, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}}
		c := directory.New(s)
		begun := time.Now()
		_, err := c.Roles(t.Context(), "a")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != directory.AskFor {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
