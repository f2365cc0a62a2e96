package teams_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"
	"keydesk/bot/teams"
	"keydesk/catalog"
)

// chat is the person's own chat as the connector client takes it.
func (w *world) chat() teams.Conversation {
	return teams.Conversation{ID: w.own(), ServiceURL: w.cloud.URL(), Tenant: tenant, Kind: catalog.Personal,
		Person: w.person.ID}
}

// do is one call with a method.
func (w *world) do(ctx context.Context, method string) error {
	switch method {
	case "POST":
		_, err := w.post.Reply(ctx, w.chat(), card("Hello"))
		return err
	case "PUT":
		return w.post.Replace(ctx, w.chat(), "1700", card("Hello"))
	}
	return w.post.Delete(ctx, w.chat(), "1700")
}

func TestRetries(t *testing.T) {
	again := []int{429, 412}
	gateway := []int{502, 503, 504}
	never := []int{400, 401, 404, 405, 409, 413, 500, 501, 301, 302, 307, 308}
	type row struct {
		method string
		status int
		calls  int
		want   error
	}
	var rows []row
	for _, m := range []string{"POST", "PUT", "DELETE"} {
		for _, s := range again {
			rows = append(rows, row{m, s, 4, teams.ErrNotSent})
		}
		for _, s := range gateway {
			if m == "POST" {
				rows = append(rows, row{m, s, 1, teams.ErrUnknownDelivery})
			} else {
				rows = append(rows, row{m, s, 4, teams.ErrNotSent})
			}
		}
		for _, s := range never {
			want := teams.ErrNotSent
			switch {
			case m == "POST" && s >= 500:
				want = teams.ErrUnknownDelivery
			case m == "DELETE" && s == 404:
				want = nil // gone is gone
			}
			rows = append(rows, row{m, s, 1, want})
		}
		rows = append(rows, row{m, 403, 1, teams.ErrChatDead}, row{m, 200, 1, nil}, row{m, 202, 1, nil})
	}
	for _, r := range rows {
		t.Run(fmt.Sprint(r.method, r.status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := timeless(t, echo)
				for range 10 {
					w.cloud.Fail(bottest.Fault{Status: r.status, Location: "https://evil.example/"})
				}
				if err := w.do(t.Context(), r.method); !errors.Is(err, r.want) {
					t.Errorf("%v, want %v", err, r.want)
				}
				w.noMore(r.calls)
			})
		})
	}
}

func TestARetrySucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.cloud.Fail(bottest.Fault{Status: 429}, bottest.Fault{Status: 412},
			bottest.Fault{Status: 429, RetryAfter: "2"})
		id, err := w.post.Reply(t.Context(), w.chat(), card("Hello"))
		if calls := w.cloud.Calls(); err != nil || len(calls) != 4 || id == "" || id != calls[3].Activity {
			t.Fatal(id, err, len(calls))
		}
	})
}

func TestAnswersThatGetLost(t *testing.T) {
	for method, calls := range map[string]int{"POST": 1, "PUT": 2, "DELETE": 2} {
		w := newWorld(t, echo)
		w.cloud.Fail(bottest.Fault{Cut: true})
		err := w.do(t.Context(), method)
		if method == "POST" && !errors.Is(err, teams.ErrUnknownDelivery) || method != "POST" && err != nil {
			t.Errorf("%s: %v", method, err)
		}
		w.noMore(calls)
	}
}

func TestNobodyListens(t *testing.T) {
	w := newWorld(t, echo)
	w.cloud.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, method := range []string{"POST", "PUT"} {
		if err := w.do(ctx, method); !errors.Is(err, teams.ErrNotSent) || errors.Is(err, teams.ErrUnknownDelivery) {
			t.Errorf("%s: nothing has left, and the error is %v", method, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			header   string
			min, max time.Duration
			calls    int
		}{
			{"3", 3 * time.Second, 3 * time.Second, 2}, {"0.5", 500 * time.Millisecond, 500 * time.Millisecond, 2},
			{"", 250 * time.Millisecond, 500 * time.Millisecond, 2}, {"0", 250 * time.Millisecond,
				500 * time.Millisecond, 2},
			{"soon", 250 * time.Millisecond, 500 * time.Millisecond, 2}, {"-7", 250 * time.Millisecond,
				500 * time.Millisecond, 2},
			{"NaN", 250 * time.Millisecond, 500 * time.Millisecond, 2}, {"60", time.Minute, time.Minute, 2},
			{"61", 0, 0, 1}, {"1e300", 0, 0, 1}, {"99999999999999999999", 0, 0, 1}, {"+Inf", 0, 0, 1},
			{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 0, 0, 1},
		} {
			w := timeless(t, echo)
			w.cloud.Fail(bottest.Fault{Status: 429, RetryAfter: tt.header})
			began := time.Now()
			err := w.do(t.Context(), "POST")
			if took := time.Since(began); took < tt.min || took > tt.max || (err == nil) != (tt.calls == 2) {
				t.Errorf("%q: %v after %v", tt.header, err, took)
			}
			w.noMore(tt.calls)
		}
		w := timeless(t, echo)
		w.cloud.Fail(bottest.Fault{Status: 429,
			RetryAfter: time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)})
		began := time.Now()
		err := w.do(t.Context(), "POST")
		if took := time.Since(began); err != nil || took < 9*time.Second ||
			took > 10*time.Second { // dates have no fractions
			t.Error("a date:", err, took)
		}
	})
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		w.cloud.Fail(bottest.Fault{Status: 429, RetryAfter: "30"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.do(ctx, "POST"); !errors.Is(err, teams.ErrNotSent) {
			t.Error(err)
		}
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		for range 2000 {
			if err := w.do(t.Context(), "POST"); err != nil {
				t.Fatal(err)
			}
		}
		calls := w.cloud.Calls()
		for _, limit := range []struct {
			calls int
			in    time.Duration
		}{{7, time.Second}, {8, 2 * time.Second}, {60, 30 * time.Second}, {1800, time.Hour}} {
			for i := range len(calls) - limit.calls {
				if took := calls[i+limit.calls].At.Sub(calls[i].At); took < limit.in {
					t.Fatalf("%d calls within %v, from call %d on", limit.calls+1, took, i)
				}
			}
		}
		if took := calls[1799].At.Sub(calls[0].At); took > 15*time.Minute {
			t.Error("1800 calls took", took)
		}
		began, other := time.Now(), w.chat()
		other.ID = "a:1another"
		if _, err := w.post.Reply(t.Context(), other, card("Hello")); err != nil || time.Since(began) != 0 {
			t.Error("another chat waited", time.Since(began))
		}
	})
}

func TestWhoGivesUpLeavesTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t, echo)
		began := time.Now()
		var all sync.WaitGroup
		for range 500 { // far more than a minute has room for
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := w.do(ctx, "POST"); err != nil && !errors.Is(err, teams.ErrNotSent) {
					t.Error(err)
				}
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			all.Go(func() { _ = w.do(ctx, "POST") })
			cancel(errors.New("the person went away"))
		}
		all.Wait()
		if took := time.Since(began); took > time.Minute {
			t.Error("they waited", took)
		}
		if n := len(w.cloud.Calls()); n < 110 || n > 128 {
			t.Error(n, "calls in a minute; there is room for 60 in 30 s")
		}
		if err := w.do(t.Context(), "POST"); err != nil || time.Since(began) > 62*time.Second {
			t.Error("those who gave up hold up the next call:", err, time.Since(began))
		}
	})
}

func TestWhatIsPosted(t *testing.T) {
	w := newWorld(t, echo)
	to := w.chat()
	to.User = w.person.MRI()
	id, err := w.post.Reply(t.Context(), to, card("Hello"))
	c := w.sent()
	if err != nil || id != c.Activity || c.Path != "/emea/v3/conversations/"+w.own()+"/activities" ||
		c.Authorization != "Bearer "+ownToken {
		t.Errorf("%v %q %+v", err, id, c)
	}
	if c.Body.Type != "message" || c.Body.Text != "" || c.Body.Summary == "" || c.Body.Recipient.ID != to.User ||
		c.Body.Attachments[0].ContentType != isCard {
		t.Errorf("text and card are sent apart: %s", c.Raw)
	}
	to.ID = "19:x@thread.tacv2;messageid=17/../18?x=1"
	if err := w.post.Say(t.Context(), to, "A line"); err != nil {
		t.Fatal(err)
	}
	if c := w.sent(); c.Body.Text != "A line" || strings.Contains(c.Path, "..") && !strings.Contains(c.Path,
		"%2F..%2F") || strings.Contains(c.Path, "?") {
		t.Errorf("%+v", c)
	}
	for _, id := range []string{"", ".", ".."} {
		to.ID = id
		if err := w.post.Say(t.Context(), to, "A line"); !errors.Is(err, teams.ErrNotSent) {
			t.Errorf("%q: %v", id, err)
		}
	}
	w.cloud.Fail(bottest.Fault{Status: 202, Body: "not JSON"}, bottest.Fault{Status: 201, Body: `{"id":"17`})
	for range 2 {
		if id, err := w.post.Reply(t.Context(), w.chat(), card("Hello")); err != nil || id != "" {
			t.Error(id, err) // it is there, and has no id
		}
	}
}
