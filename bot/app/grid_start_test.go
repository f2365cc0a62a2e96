package app_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/audit"
	"keydesk/bot/bottest"
)

// TestGridStart is a start x every call to Key Vault in it x every harm: it comes up or says why without Azure's
// words, and the next start finds all.
func TestGridStart(t *testing.T) {
	bottest.SkipShort(t, "plays some hundred cells")
	calls, failed := startOf(t, 0, 0, harm{})
	if failed {
		t.Fatal("no start without harm")
	}
	up, down := 0, 0
	for n := 1; n <= calls; n++ {
		for _, how := range vaultHarms {
			for _, to := range []int{n, 1e6} {
				t.Run(fmt.Sprintf("call %d to %d %s", n, to, how.name), func(t *testing.T) {
					if _, failed := startOf(t, n, to, how); failed {
						down++
					} else {
						up++
					}
				})
			}
		}
	}
	if all := 2 * calls * len(vaultHarms); up == all || down == all {
		t.Errorf("%d came up and %d did not: then this was no test", up, down)
	}
}

// startOf starts a Keydesk again on a vault with a key, a link and an open intent, while its calls come to harm.
func startOf(t *testing.T, from, to int, how harm) (calls int, failed bool) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		defer s.end()
		s.have()
		s.say("get meraki")
		s.link("Reveal")
		interrupted(t, s.a, s.op("meraki"), "rotate", "meraki", "")
		s.begin(sides[0])
		s.a.Desk.Close(t.Context())
		s.a.Abandon()
		s.later(time.Second)
		s.vault.set(from, to, how)
		err := s.run(t.TempDir())
		calls, _ = s.vault.seen()
		s.vault.set(0, 0, harm{})
		if failed = err != nil; failed {
			s.told = append(s.told, err.Error())
			if err := s.run(t.TempDir()); err != nil {
				t.Fatalf("the next start: %v", err)
			}
		}
		if got := s.ask("key meraki"); !strings.Contains(got, "••••0001") {
			t.Errorf("the key is not shown: %s", brief(got))
		}
		s.later(3 * time.Minute)
		s.tend()
		if open := s.a.Log.Unfinished(time.Now()); len(open) > 0 {
			t.Errorf("intents without an end: %v", open)
		}
		if got := openLink(s); got != "the value" {
			t.Errorf("the link of before: %s", got)
		}
		report, err := audit.Verify(t.Context(), s.a.Vault.Segments(), audit.VerifyOptions{Vault: s.a.Vault.Name()})
		if err != nil || len(report.Faults) > 0 {
			t.Errorf("the log: %v, %v", err, report.Faults)
		}
		if now := s.held().since(s.was); len(now) > 0 {
			t.Errorf("this is different: %q", now)
		}
		s.quiet()
	})
	return calls, failed
}
