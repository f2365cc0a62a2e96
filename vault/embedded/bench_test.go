package embedded_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"keydesk/vault/embedded"
)

const benchKeys = 5000

// many makes a vault like a large desk's: 5,000 keys with a dozen tags each.
func many(b *testing.B) embedded.Config {
	cfg := embedded.Config{Path: filepath.Join(b.TempDir(), "vault.db"), NoSync: true}
	v, err := embedded.Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	w := inProcess(b, v)
	in := params{Value: to.Ptr(strings.Repeat("x", 64)), ContentType: to.Ptr("application/vnd.keydesk.key"),
		Tags: map[string]*string{}}
	for i := range 12 {
		in.Tags[fmt.Sprintf("tag-%d", i)] = to.Ptr("a value of usual length")
	}
	for i := range benchKeys {
		w.setWith(b, fmt.Sprintf("vendor-%d--label", i), in)
	}
	if err := v.Close(); err != nil {
		b.Fatal(err)
	}
	return cfg
}

func BenchmarkGet(b *testing.B) {
	w := inProcess(b, open(b, many(b)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.get(b, fmt.Sprintf("vendor-%d--label", i%benchKeys), "")
	}
}

func BenchmarkSet(b *testing.B) {
	for name, noSync := range map[string]bool{"synced": false, "not synced": true} {
		b.Run(name, func(b *testing.B) {
			w := inProcess(b, open(b, embedded.Config{NoSync: noSync}))
			for i := 0; b.Loop(); i++ {
				w.set(b, fmt.Sprintf("vendor-%d--label", i), "a value of usual length")
			}
		})
	}
}

// BenchmarkSetTogether: a thousand writers at once, each write on disk before its answer.
func BenchmarkSetTogether(b *testing.B) {
	w := inProcess(b, open(b, embedded.Config{}))
	w.set(b, "first", "past the challenge")
	for round := 0; b.Loop(); round++ {
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				in := params{Value: to.Ptr("v")}
				if _, err := w.c.SetSecret(b.Context(), fmt.Sprintf("k-%d-%d", round, i), in, nil); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "sets/s")
}

func BenchmarkList5000(b *testing.B) {
	w := inProcess(b, open(b, many(b)))
	for b.Loop() {
		if n := len(w.list(b)); n != benchKeys/25 {
			b.Fatalf("%d pages", n)
		}
	}
}

func BenchmarkOpen5000(b *testing.B) {
	cfg := many(b)
	for b.Loop() {
		v, err := embedded.Open(cfg)
		if err != nil {
			b.Fatal(err)
		}
		if err := v.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
