package app_test

import (
	"slices"
	"strings"
	"testing"
)

// TestHelpSaysWhoDecides: who may only ask for a change reads so, and is shown how to ask for a key.
func TestHelpSaysWhoDecides(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	for who, asks := range map[string]bool{admin: false, l1: true} {
		help := c.say(who, "help").json
		for _, usage := range []string{"store a new key", "store a new value for a key"} {
			if strings.Contains(help, usage+"; an admin decides") != asks {
				t.Errorf("%s, %q: %s", names[who], usage, help)
			}
		}
		if strings.Contains(help, "ask sentinelone agent is offline, ticket 4711") != asks {
			t.Errorf("the examples of %s: %s", names[who], help)
		}
	}
	if help := c.say(noc, "help").json; strings.Contains(help, "an admin decides") {
		t.Errorf("NOC may not ask for changes: %s", help)
	}
}

// TestHelpHasAPlaceForAll: only these commands stand in no group.
func TestHelpHasAPlaceForAll(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	_, rest, _ := strings.Cut(c.say(admin, "help").json, `"text":"More"`)
	var got []string
	for _, part := range strings.Split(rest, `"type":"TextRun","text":"`)[1:] {
		if text, _, _ := strings.Cut(part, `"`); !strings.HasPrefix(text, "\u2002") {
			verb, _, _ := strings.Cut(text, " ")
			got = append(got, verb)
		}
	}
	if want := []string{"help", "whoami", "demo"}; !slices.Equal(got, want) {
		t.Errorf("in no group: %q, want %q", got, want)
	}
}

// TestAskInOneLine: a line that says why and for how long asks at once; a part of it brings the form.
func TestAskInOneLine(t *testing.T) {
	c := connect(t, start(t, t.TempDir()))
	haveSentinel(t, c)
	wants(t, "without a reason", c.say(l1, "ask sentinelone"), "Ask for sentinelone", "Why you need it")
	wants(t, "a reason that is none", c.say(l1, "ask sentinelone asap"), "at least 8 letters")
	wants(t, "for as long as nobody may", c.say(l1, "ask sentinelone agent is offline for=3h"),
		"once, 1h, 8h or 24h")
	wants(t, "in one line", c.say(l1, "ask sentinelone agent is offline for=8h"), "Access to sentinelone",
		"Waits for an admin", "agent is offline", "8 hours", "Withdraw")
	wants(t, "one's own", c.say(l1, "requests"), "Your requests", "1 waiting", "Withdraw")
	wants(t, "an admin's", c.say(admin, "requests"), "Requests", "L1 technician", "Open")
	wants(t, "nobody else's", c.say(noc, "requests"), "nothing waits")
}
