package vault_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"keydesk/vault"
)

// bench5000 is a store on 5,000 keys. The embedded vault answers without syncing: what is measured is the
// way through this package, the SDK and the embedded vault's own work.
func bench5000(b *testing.B) *vault.Store {
	b.Helper()
	bed := newBed(b)
	bed.fill(b, 5000)
	s, _ := bed.open(b)
	s.Keys()
	return s
}

// measure runs f and reports its 99th percentile.
func measure(b *testing.B, f func(i int) error) {
	b.Helper()
	b.ReportAllocs()
	var took []time.Duration
	i := 0
	for b.Loop() {
		began := time.Now()
		if err := f(i); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}

func BenchmarkReadKey(b *testing.B) {
	s := bench5000(b)
	measure(b, func(i int) error {
		_, _, err := s.ReadKey(b.Context(), label(fmt.Sprintf("c%05d", i%5000)))
		return err
	})
}

func BenchmarkRotate(b *testing.B) {
	s := bench5000(b)
	measure(b, func(i int) error {
		_, err := s.Rotate(b.Context(), label(fmt.Sprintf("c%05d", i%5000)), vault.Change{
			Parts: parts("client_secret", newSec), Op: fmt.Sprintf("op-%d", i), By: admin,
		})
		return err
	})
}

// BenchmarkRotateAndKeys is a rotation with the list made anew after it.
func BenchmarkRotateAndKeys(b *testing.B) {
	s := bench5000(b)
	measure(b, func(i int) error {
		_, err := s.Rotate(b.Context(), label(fmt.Sprintf("c%05d", i%5000)), vault.Change{
			Parts: parts("client_secret", newSec), Op: fmt.Sprintf("op-%d", i), By: admin,
		})
		if len(s.Keys()) != 5000 {
			b.Fatal("keys are missing")
		}
		return err
	})
}

func BenchmarkMintLink(b *testing.B) {
	s := bench5000(b)
	measure(b, func(int) error {
		_, _, err := s.MintLink(b.Context(), link(5*time.Minute))
		return err
	})
}

func BenchmarkClaimLink(b *testing.B) {
	s := bench5000(b)
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		token, _, err := s.MintLink(b.Context(), link(5*time.Minute))
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		if _, err := s.ClaimLink(b.Context(), token); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}

func BenchmarkKeys(b *testing.B) {
	s := bench5000(b)
	measure(b, func(int) error {
		if len(s.Keys()) != 5000 {
			return fmt.Errorf("keys are missing")
		}
		return nil
	})
}

// BenchmarkWalk lists 5,000 keys: 200 pages, one after the other.
func BenchmarkWalk(b *testing.B) {
	s := bench5000(b)
	measure(b, func(int) error { return s.Refresh(b.Context()) })
}
