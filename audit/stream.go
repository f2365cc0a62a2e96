package audit

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
)

const streamLines = 4096

// stream copies durable events to a writer and never holds the log up: when the writer is slower than the
// log, lines are left out and counted. A nil stream goes nowhere.
type stream struct {
	lines chan []byte
	ended chan struct{}
	lost  atomic.Int64
	stop  sync.Once
}

func newStream(w io.Writer, logger *slog.Logger) *stream {
	s := &stream{lines: make(chan []byte, streamLines), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		for line := range s.lines {
			if _, err := w.Write(line); err != nil {
				s.lost.Add(1)
			}
			if n := s.lost.Swap(0); n > 0 {
				logger.Warn("audit events left out of the stream; the log has them", "events", n)
			}
		}
	}()
	return s
}

// send is called by the flushing goroutine alone.
func (s *stream) send(e Event) {
	if s == nil {
		return
	}
	select {
	case s.lines <- append(e.AppendLine(nil), '\n'):
	default:
		s.lost.Add(1)
	}
}

// close is called when nothing flushes any more and nothing will.
func (s *stream) close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.stop.Do(func() { close(s.lines) })
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
