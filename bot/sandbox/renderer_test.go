package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keydesk/bot/bottest/renderer"
)

// TestCardsAsMicrosoftDrawsThem: every golden card is drawn well by Microsoft's renderer and by the sandbox.
// TestEveryCardAsMicrosoftDrawsIt, beside the app, has the cards of every command and vendor.
func TestCardsAsMicrosoftDrawsThem(t *testing.T) {
	r := renderer.Open(t)
	w := newWorld(t)
	all, err := filepath.Glob("../../cards/testdata/*.json")
	if err != nil || len(all) < 12 {
		t.Fatalf("%d cards, %v", len(all), err)
	}
	for _, path := range all {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			card, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ours := draw(t, w, string(card))
			for _, fault := range r.Faults(t, string(card), ours) {
				t.Error(fault)
			}
			r.Pictures(t, "renderer-"+name, string(card), ours)
		})
	}
}

// TestTheJudge: cards with faults are found faulty.
func TestTheJudge(t *testing.T) {
	r := renderer.Open(t)
	const start, end = `{"type":"AdaptiveCard","version":"1.5","body":[`, `]}`
	for want, body := range map[string]string{
		"event: ":                  `{"type":"Input.ChoiceSet","label":"a"}`,
		"unknown element Nonsense": `{"type":"Nonsense"}`,
		"TextBlock.weigth":         `{"type":"TextBlock","text":"a","weigth":"Bolder"}`,
		"without a label: a":       `{"type":"Input.Text","id":"a"}`,
		"not drawn: a":             `{"type":"TextBlock","text":"a","isVisible":false}`,
		"does not show: only here": `{"type":"TextBlock","text":"only here"}`,
		"box: Microsoft's: ":       `{"type":"TextBlock","text":"` + strings.Repeat("x", 200) + `","wrap":false}`,
	} {
		if got := strings.Join(r.Faults(t, start+body+end, "<p>a</p>"), "; "); !strings.Contains(got, want) {
			t.Errorf("%q was not found, only %q", want, got)
		}
	}
	good := start + `{"type":"TextBlock","text":"a"}` + end
	for want, ours := range map[string]string{
		"box: the sandbox's: ": `<div style="width:3000px">a</div>`,
		"too pale: 1.4: a":     `<p style="color:#d8d8d8;background:#fff">a</p>`,
		"":                     "<p>a</p>",
	} {
		got := strings.Join(r.Faults(t, good, ours), "; ")
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%q was not found, only %q", want, got)
		}
	}
}
