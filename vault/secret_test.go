package vault_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"keydesk/vault"
)

const hidden = "not-a-real-key-1234567890"

// holder has a secret where fmt cannot call its methods.
type holder struct {
	name   string
	secret vault.Secret
	all    map[string]vault.Secret
}

func TestSecretPrintsNothing(t *testing.T) {
	s := vault.NewSecret(hidden)
	forms := map[string]any{
		"value": s, "pointer": &s, "slice": []vault.Secret{s}, "array": [1]vault.Secret{s},
		"map": map[string]vault.Secret{"k": s}, "parts": vault.Parts{"k": s},
		"exported": struct{ S vault.Secret }{s}, "unexported": holder{"n", s, vault.Parts{"k": s}},
		"pointer to unexported": &holder{"n", s, vault.Parts{"k": s}}, "any": any(s), "error": fmt.Errorf("%v", s),
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%t", "%c", "%U",
		"%e", "%p", "%T", "%5.2s", "%-30v|", "%08d", "%w", "%!"}
	for name, form := range forms {
		for _, verb := range verbs {
			leaks(t, name+" with "+verb, fmt.Sprintf(verb, form))
		}
		leaks(t, name+" with Sprint", fmt.Sprint(form), fmt.Sprintln(form))
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		if got := fmt.Sprintf(verb, s); got != "[redacted]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	leaks(t, "String", s.String(), s.GoString())
}

func TestSecretEncodesNothing(t *testing.T) {
	s := vault.NewSecret(hidden)
	form := struct {
		S vault.Secret
		P vault.Parts
	}{s, vault.Parts{"k": s}}
	if b, err := json.Marshal(form); err != nil || string(b) != `{"S":"[redacted]","P":{"k":"[redacted]"}}` {
		t.Errorf("JSON is %s, %v", b, err)
	}
	b, err := yaml.Marshal(form)
	leaks(t, "YAML", string(b), fmt.Sprint(err))
	b, err = xml.Marshal(struct{ S vault.Secret }{s})
	leaks(t, "XML", string(b), fmt.Sprint(err))
	b, err = s.MarshalText()
	leaks(t, "text", string(b), fmt.Sprint(err))
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(form); err == nil {
		t.Error("gob encodes a secret")
	}
	leaks(t, "gob", out.String())
	if b, err := s.MarshalBinary(); err == nil || len(b) > 0 {
		t.Error("binary encodes a secret")
	}
	var back struct{ S vault.Secret }
	if err := json.Unmarshal([]byte(`{"S":"[redacted]"}`), &back); err == nil {
		t.Error("JSON reads [redacted] as a value")
	}
}

func TestSecretLogsNothing(t *testing.T) {
	s := vault.NewSecret(hidden)
	for _, h := range []func(io.Writer) slog.Handler{
		func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
	} {
		var b bytes.Buffer
		slog.New(h(&b)).Info("m", "s", s, "p", &s, "m", vault.Parts{"k": s}, "h", holder{"n", s, nil},
			slog.Group("g", "s", s))
		leaks(t, "slog", b.String())
		if !strings.Contains(b.String(), "[redacted]") {
			t.Errorf("slog wrote %s", b.String())
		}
	}
}

func TestSecretHolds(t *testing.T) {
	s := vault.NewSecret(hidden)
	if s.Expose() != hidden || s.IsZero() {
		t.Error("the value is lost")
	}
	if !(vault.Secret{}).IsZero() || !vault.NewSecret("").IsZero() || (vault.Secret{}).Expose() != "" {
		t.Error("an empty secret is not zero")
	}
	if !s.Equal(vault.NewSecret(hidden)) || s.Equal(vault.NewSecret(hidden+"x")) || s.Equal(vault.Secret{}) {
		t.Error("Equal is wrong")
	}
	if reflect.TypeFor[vault.Secret]().Comparable() {
		t.Error("two secrets can be compared with ==, which takes a time that tells")
	}
	if reflect.TypeFor[vault.Secret]().NumMethod() == 0 {
		t.Error("methods must be on the value, not on the pointer")
	}
}

// leaks fails when any text has the value in it, plain or in a usual encoding.
func leaks(t *testing.T, where string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		low := strings.ToLower(text)
		for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("% x", hidden)} {
			if strings.Contains(low, form) {
				t.Errorf("%s shows the value: %s", where, text)
			}
		}
	}
}
