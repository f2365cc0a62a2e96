package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keydesk/bot/app"
	"keydesk/bot/desk"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// values are all versions of a secret, also of a deleted one, which is recovered for that; the current one is last.
func (s *shared) values(t *testing.T, name string) (all []string) {
	t.Helper()
	raw := s.raw(t)
	current, err := raw.GetSecret(t.Context(), name, "", nil)
	if err != nil {
		if _, err := raw.RecoverDeletedSecret(t.Context(), name, nil); err != nil {
			return nil
		}
		current, err = raw.GetSecret(t.Context(), name, "", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for pages := raw.NewListSecretPropertiesVersionsPager(name, nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Value {
			got, err := raw.GetSecret(t.Context(), name, p.ID.Version(), nil)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, *got.Value)
		}
	}
	return append(all, *current.Value)
}

// raced is one thing that people do on one process while somebody else does another on the other.
type raced struct {
	name, line, button, done string
	inputs                   func(value string) []string
}

var races = func() map[string]raced {
	value := func(v string) []string { return []string{"part.api_key", v, "interval", "90"} }
	edit := func(label, note string) func(string) []string {
		return func(string) []string {
			return []string{"label", label, "note", note, "interval", "90", "expiry", "", "owner", admin}
		}
	}
	all := map[string]raced{}
	for _, r := range []raced{
		{"rotate", "rotate ", "Save to Vault", "✓ Rotated", value},
		{"edit", "edit ", "Save", "✓ Changed", edit("", "mended")}, // the label is set by race
		{"rename", "edit ", "Save", "✓ Changed", edit("moved", "")},
		{"delete", "delete ", "Delete", "✓ Deleted", func(string) []string { return nil }},
	} {
		all[r.name] = r
	}
	return all
}()

// TestTwoProcessesRace: two people on two processes change the same key at the same moment, each from a form of
// their own. Whatever is told to be stored is among the versions, whatever is told to be done has happened, and
// the log is whole.
func TestTwoProcessesRace(t *testing.T) {
	for _, both := range [][2]string{{"rotate", "rotate"}, {"rotate", "edit"}, {"edit", "edit"},
		{"edit", "delete"}, {"rotate", "delete"}, {"delete", "delete"}, {"rename", "edit"}, {"rename", "delete"},
		{"rename", "rename"}, {"rename", "rotate"}} {
		t.Run(both[0]+" and "+both[1], func(t *testing.T) {
			p := newPair(t)
			for n := range 6 {
				p.race(t, fmt.Sprintf("site-%d", n), [2]raced{races[both[0]], races[both[1]]})
			}
			p.sound(t)
		})
	}
}

func (p *pair) race(t *testing.T, label string, both [2]raced) {
	t.Helper()
	name := "meraki/" + label
	form := asks(t, p.apps[0], "add "+name)
	first := presses(t, p.apps[0], form, "Save to Vault", "part.api_key", "fake-first-"+label, "interval", "90")
	if !strings.Contains(said(first), "✓ Stored") {
		t.Fatal(brief(said(first)))
	}
	p.later(t)
	var told, values [2]string
	var wg sync.WaitGroup
	forms := [2]desk.Reply{asks(t, p.apps[0], both[0].line+name), asks(t, p.apps[1], both[1].line+name)}
	for i, r := range both {
		values[i] = fmt.Sprintf("fake-%s-%d", label, i)
		inputs := r.inputs(values[i])
		for j := 0; j < len(inputs); j += 2 {
			switch {
			case inputs[j] == "label" && inputs[j+1] == "":
				inputs[j+1] = label
			case inputs[j] == "label":
				inputs[j+1] = fmt.Sprintf("%s-%s-%d", label, inputs[j+1], i)
			}
		}
		wg.Go(func() { told[i] = said(presses(t, p.apps[i], forms[i], r.button, inputs...)) })
	}
	wg.Wait()
	p.settled(t, label, both, told, values)
}

// settled compares what both were told with what the vault has.
func (p *pair) settled(t *testing.T, label string, both [2]raced, told, values [2]string) {
	t.Helper()
	p.later(t)
	there := map[string]bool{}
	for _, k := range p.apps[0].Vault.Keys() {
		there[k.Name.Label] = true
	}
	all := p.values(t, "meraki--"+label)
	for i := range both {
		all = append(all, p.values(t, fmt.Sprintf("meraki--%s-moved-%d", label, i))...)
	}
	if !slices.Contains(all, "fake-first-"+label) {
		t.Error("the first value is lost")
	}
	for i, r := range both {
		done := strings.Contains(told[i], r.done)
		switch stored := slices.Contains(all, values[i]); {
		case r.name == "rotate" && done && !stored:
			t.Errorf("%s: a value that was told to be stored is lost", label)
		case r.name == "rotate" && !done && stored && !says(told[i], append(doubts, made)):
			t.Errorf("%s: a value is stored, and this was told: %s", label, brief(told[i]))
		case r.name == "rename" && done && both[1-i].name != "delete" && !there[fmt.Sprintf("%s-moved-%d", label, i)]:
			t.Errorf("%s: a new label was told and is not there; the other was told: %s", label, brief(told[1-i]))
		case r.name == "delete" && done && there[label] && both[1-i].name != "rotate":
			t.Errorf("%s: told to be deleted, and it is there; the other was told: %s", label, brief(told[1-i]))
		}
	}
	if both[0].name == "rename" && both[1].name == "rotate" &&
		strings.Contains(told[0], "✓") && strings.Contains(told[1], "✓ Rotated") {
		if moved := p.values(t, fmt.Sprintf("meraki--%s-moved-0", label)); moved[len(moved)-1] != values[1] {
			t.Errorf("%s: both were told that it worked, and the rotated value is not the current one", label)
		}
	}
	moved := 0
	for i, r := range both {
		if r.name == "rename" && strings.Contains(told[i], r.done) {
			moved++
		}
	}
	if both[0].name == both[1].name && moved > 1 {
		t.Errorf("%s: one key was told to have two new labels", label)
	}
}

// TestTwoProcessesAddAVendor: the same vendor from two processes at once is one vendor, and not both are told
// that it is theirs.
func TestTwoProcessesAddAVendor(t *testing.T) {
	p := newPair(t)
	for n := range 6 {
		var told [2]string
		var wg sync.WaitGroup
		for i := range told {
			form := asks(t, p.apps[i], "vendor add")
			wg.Go(func() {
				told[i] = said(presses(t, p.apps[i], form, "Save", "name", fmt.Sprintf("Contoso %d", n),
					"category", "RMM", "parts", "Token", "address", fmt.Sprintf("https://api%d.contoso.com", i)))
			})
		}
		wg.Wait()
		p.later(t)
		got, err := p.raw(t).GetSecret(t.Context(), fmt.Sprintf("keydesk-vendor-contoso-%d", n), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		saved := 0
		for i, text := range told {
			mine := strings.Contains(*got.Value, fmt.Sprintf("api%d.", i))
			if strings.Contains(text, "✓ Saved") {
				saved++
			} else if mine && !strings.Contains(text, "at the same moment") {
				t.Errorf("process %d has its vendor stored, and told: %s", i, brief(text))
			}
		}
		if saved > 1 { // whoever looks last sees both
			t.Errorf("both were told that theirs is the vendor: %s, %s", brief(told[0]), brief(told[1]))
		}
	}
	p.sound(t)
}

// firstOnly lets the first call of a kind fail.
type firstOnly struct {
	faulty
	done sync.Once
}

func (f *firstOnly) Do(r *http.Request) (res *http.Response, err error) {
	if kindOf(r) == f.kind && r.Header.Get("Authorization") != "" {
		hit := false
		f.done.Do(func() { hit = true })
		if !hit {
			return f.next.Do(r)
		}
	}
	return f.faulty.Do(r)
}

// TestUnclearClaimElsewhere: a link made on one process whose claim on the other ends unclear opens on neither,
// whether Key Vault had taken the claim or not.
func TestUnclearClaimElsewhere(t *testing.T) {
	for _, how := range []fault{{status: http.StatusServiceUnavailable}, {after: true}} {
		s := newShared(t)
		one, stop := s.run(t)
		defer stop()
		f := &firstOnly{faulty: faulty{kind: "DELETE link", how: how}}
		other, stop := runWith(t, app.Config{Settings: settingsOf(t),
			Vault: &vault.Config{URL: s.server.URL, Credential: s, Transport: s.server.Client(),
				OutsideMicrosoft: true},
			Transport: func(next policy.Transporter) policy.Transporter { f.next = next; return f }})
		defer stop()
		c := connect(t, one)
		add(t, c, good)
		offer := c.say(l1, "get ninja")
		link, _ := c.press(l1, offer, "Reveal", nil)
		url := link.urls["Open"]
		token := url[strings.LastIndex(url, "/"):]
		claim(t, other.Base()+"/r"+token, http.StatusServiceUnavailable)
		p := &pair{}
		for deadline := time.Now().Add(5 * time.Second); len(s.deleted(t)) == 0 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond) // the other takes it back after its answer
		}
		if status := p.post(t, one.Base()+"/r"+token); status != http.StatusGone {
			t.Errorf("%+v: at the first process it answers %d", how, status)
		}
		if status := p.post(t, other.Base()+"/r"+token); status != http.StatusGone {
			t.Errorf("%+v: at the other it answers %d", how, status)
		}
	}
}
