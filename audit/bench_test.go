package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"keydesk/audit"
)

func BenchmarkAppend(b *testing.B) {
	l := open(b, newStore())
	ctx := context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := l.Append(ctx, event("0123456789abcdef")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendParallel(b *testing.B) {
	s := newStore()
	l := open(b, s)
	ctx := context.Background()
	b.SetParallelism(500) // 1,000 at once on 2 cores
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Append(ctx, event("0123456789abcdef")); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/float64(s.puts), "events/put")
}

// million is a log of a million events, as one file and as a store.
var million = sync.OnceValues(func() (*store, []byte) {
	s := newStore()
	l, err := audit.Open(context.Background(), audit.Config{Store: s, Vault: "contoso"})
	if err != nil {
		panic(err)
	}
	for i := range 1000 {
		events := make([]audit.Event, 1000)
		for j := range events {
			events[j] = event(fmt.Sprintf("%016x", i*1000+j))
			events[j].Actor.ID = fmt.Sprintf("00000000-0000-4000-8000-%012d", (i*7+j)%50)
			events[j].Note = fmt.Sprintf("ticket %d: the backup agent lost its key", i*13+j)
		}
		if err := l.Append(context.Background(), events...); err != nil {
			panic(err)
		}
	}
	var b bytes.Buffer
	for _, name := range s.names() {
		b.WriteString(s.lines(name))
	}
	return s, b.Bytes()
})

func BenchmarkVerifyReaderMillion(b *testing.B) {
	_, file := million()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r, err := audit.VerifyReader(bytes.NewReader(file), audit.VerifyOptions{})
		if err != nil || !r.OK() || r.Events != 1e6 {
			b.Fatal(err, r)
		}
	}
}

func BenchmarkVerifyStoreMillion(b *testing.B) {
	s, _ := million()
	for b.Loop() {
		r, err := audit.Verify(context.Background(), s, audit.VerifyOptions{})
		if err != nil || !r.OK() || r.Events != 1e6 {
			b.Fatal(err, r)
		}
	}
	b.ReportMetric(float64(len(s.names())), "segments")
}

func BenchmarkEvent(b *testing.B) {
	e := event("0123456789abcdef")
	e.Prev = strings.Repeat("0a", 32)
	line := string(e.AppendLine(nil))
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf = e.AppendLine(buf[:0])
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := audit.ParseEvent(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSegment(b *testing.B) {
	s := newStore()
	l := open(b, s)
	for range 150 {
		if err := l.Append(context.Background(), event("0123456789abcdef")); err != nil {
			b.Fatal(err)
		}
	}
	name := s.names()[0]
	lines := s.lines(name)
	body := audit.EncodeSegment(lines)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(lines)))
		for b.Loop() {
			io.WriteString(io.Discard, audit.EncodeSegment(lines))
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(lines)))
		for b.Loop() {
			if _, err := audit.DecodeSegment(body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
