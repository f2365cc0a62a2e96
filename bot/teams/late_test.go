package teams_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/desk"
)

// after answers once some time has passed.
func after(d time.Duration, r desk.Reply) handler {
	return func(context.Context, desk.Turn) desk.Reply {
		time.Sleep(d)
		return r
	}
}

func TestALateMessageIsAcknowledgedAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, after(20*time.Second, desk.Reply{Card: card("Slow but sure")}))
		began, a := time.Now(), w.signer.Message(w.person, "keys")
		w.ok(a)
		if took := time.Since(began); took != 9*time.Second {
			t.Error("acknowledged after", took)
		}
		w.ok(a) // Teams sends it again
		w.shows(w.sent(), "POST", w.own(), `"typing"`)
		c := w.sent()
		w.shows(c, "POST", w.own(), "Slow but sure")
		if took := c.At.Sub(began); took != 20*time.Second {
			t.Error("answered after", took)
		}
		w.noMore(2)
	})
}

func TestTypingOnlyPastASecond(t *testing.T) {
	for _, tt := range []struct {
		takes time.Duration
		calls int
	}{{999 * time.Millisecond, 1}, {1001 * time.Millisecond, 2}} {
		synctest.Test(t, func(t *testing.T) {
			w := timeless(t, after(tt.takes, desk.Reply{Card: card("Done")}))
			w.ok(w.signer.Message(w.person, "keys"))
			time.Sleep(time.Minute)
			w.noMore(tt.calls)
			last := w.cloud.Calls()[tt.calls-1]
			w.shows(last, "POST", w.own(), "Done")
		})
	}
}

func TestTypingNeverFollowsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, after(1500*time.Millisecond, desk.Reply{Card: card("Done")}))
		w.cloud.Fail(bottest.Fault{Status: 429, RetryAfter: "5"}) // meets the typing indicator
		w.ok(w.signer.Message(w.person, "keys"))
		time.Sleep(time.Minute)
		w.noMore(2)
		w.shows(w.cloud.Calls()[1], "POST", w.own(), "Done")
	})
}

func TestALateInvoke(t *testing.T) {
	for name, tt := range map[string]struct {
		reply  desk.Reply
		method string
		shows  string
	}{
		"a card":     {desk.Reply{Card: card("Slow but sure")}, "PUT", "Slow but sure"},
		"a new card": {desk.Reply{Card: card("Slow but sure"), New: true}, "POST", "Slow but sure"},
		"an error":   {desk.Reply{Error: "Too slow."}, "POST", "Too slow."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := timeless(t, after(6*time.Second, tt.reply))
				began, a := time.Now(), w.signer.Execute(w.person, "1700", "save", nil)
				e := w.ok(a).Envelope()
				if took := time.Since(began); took != 4500*time.Millisecond || e.Type != isLine ||
					!strings.HasPrefix(e.Line(), "Still working") {
					t.Errorf("after %v %+v", took, e)
				}
				again := w.ok(a).Envelope() // comes in time for the real answer
				if strings.HasPrefix(again.Line(), "Still working") {
					t.Errorf("%+v", again)
				}
				w.shows(w.sent(), tt.method, w.own(), tt.shows)
				synctest.Wait()
				w.noMore(1)
			})
		})
	}
}

// TestALateDecisionInAChannel: the card of all is edited where the answer to the press came too late.
func TestALateDecisionInAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, after(6*time.Second, desk.Reply{Card: card("Approved"), InPlace: true}))
		w.ok(w.signer.InChannel(w.signer.Execute(w.person, "1700", "approve", nil)))
		c := w.sent()
		if w.shows(c, "PUT", inTheChannel, "Approved"); c.Activity != "1700" {
			t.Error("another card was edited:", c.Activity)
		}
		synctest.Wait()
		w.noMore(1)
	})
}

func TestALateErrorInAChannelStaysPrivate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, after(6*time.Second, desk.Reply{Error: "Only for their eyes."}))
		_ = w.chats.SaveChat(t.Context(), vaultChat(w))
		w.ok(w.signer.InChannel(w.signer.Execute(w.person, "1700", "save", nil)))
		w.shows(w.sent(), "POST", w.own(), "Only for their eyes.")
		w.shows(w.sent(), "POST", inTheChannel, "in your own chat")
		w.noMore(2)
	})
}

func TestPanicsAreAnswered(t *testing.T) {
	const inside = "obviously-fake-value-in-a-panic"
	w := newWorld(t, func(_ context.Context, turn desk.Turn) desk.Reply {
		if turn.Text == "error" {
			panic(errors.New(inside))
		}
		panic(inside)
	})
	for _, text := range []string{"error", "text"} {
		w.ok(w.signer.Message(w.person, text))
		w.shows(w.sent(), "POST", w.own(), "Something went wrong inside Keydesk.")
	}
	if e := w.ok(w.signer.Execute(w.person, "1700", "x", nil)).Envelope(); e.Type != isFault ||
		!strings.Contains(e.Line(), "Something went wrong") {
		t.Errorf("%+v", e)
	}
	installed, _ := w.signer.Opened(bottest.NewPerson("Another"))
	w.ok(installed)
	if log := w.log.String(); strings.Contains(log, inside) || !strings.Contains(log, "a turn panicked") {
		t.Error(log)
	}
}

func TestALatePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, func(context.Context, desk.Turn) desk.Reply { time.Sleep(6 * time.Second); panic("x") })
		w.ok(w.signer.Execute(w.person, "1700", "save", nil))
		w.shows(w.sent(), "POST", w.own(), "Something went wrong inside Keydesk.")
	})
}

func TestShutdownWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, after(20*time.Second, desk.Reply{Card: card("Still said")}))
		w.ok(w.signer.Message(w.person, "keys"))
		began := time.Now()
		if err := w.endpoint.Shutdown(t.Context()); err != nil || time.Since(began) != 11*time.Second {
			t.Error(err, time.Since(began))
		}
		w.noMore(2)
		w.shows(w.cloud.Calls()[1], "POST", w.own(), "Still said")
		for _, a := range []bottest.Activity{w.signer.Message(w.person, "keys"), w.signer.Execute(w.person, "1",
			"x", nil)} {
			if ans := w.send(a); ans.Status != http.StatusServiceUnavailable {
				t.Error("after the end:", ans.Status)
			}
		}
	})
}

func TestShutdownDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		w := timeless(t, func(ctx context.Context, _ desk.Turn) desk.Reply {
			<-ctx.Done()
			ended <- ctx.Err()
			return desk.Reply{Silent: true}
		})
		w.ok(w.signer.Message(w.person, "keys"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := w.endpoint.Shutdown(ctx); err == nil {
			t.Error("a turn is still running, and nobody says so")
		}
		if err := <-ended; err == nil {
			t.Error("the turn was not told to end")
		}
	})
}

func TestATurnEndsAfterTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, func(ctx context.Context,
			_ desk.Turn) desk.Reply {
			<-ctx.Done()
			return desk.Reply{Silent: true}
		})
		began := time.Now()
		w.ok(w.signer.Message(w.person, "keys"))
		if err := w.endpoint.Shutdown(t.Context()); err != nil || time.Since(began) != 2*time.Minute {
			t.Error(err, time.Since(began))
		}
	})
}

func TestAVaultThatHangsHoldsUpAnAnswerForTwoSecondsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.chats.hang = true
		began := time.Now()
		w.ok(w.signer.Message(w.person, "keys"))
		if took := time.Since(began); took > 2*time.Second {
			t.Error(took)
		}
	})
}
