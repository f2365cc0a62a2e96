package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A segment's write is given up after these times: 10 seconds for both tries with their read-backs. Key Vault
// answers a set within tens of milliseconds.
const (
	putTime = 3 * time.Second
	getTime = 2 * time.Second
)

var (
	errDiffers = errors.New("the segment reads otherwise than it was sent")
	errNumbers = errors.New("segment numbers are used up: verify the log for a forged one")
)

func (l *Log) enqueue(entries []entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if len(l.queue) > 0 && len(l.queue)+len(entries) > maxQueue {
		return ErrBusy
	}
	l.queue = append(l.queue, entries...)
	if l.idle == nil {
		l.idle = make(chan struct{})
		go l.run()
	}
	return nil
}

// run flushes until nothing waits. There is at most one run.
func (l *Log) run() {
	for {
		runtime.Gosched() // whoever is about to append goes first, and with this flush; nobody else waits
		l.mu.Lock()
		batch := l.queue
		l.queue = nil
		if len(batch) == 0 {
			close(l.idle)
			l.idle = nil
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		l.flush(batch)
	}
}

// flush writes a batch, segment by segment. What a segment could not take for certain is tried once more in
// the next segment; then the rest of the batch fails.
func (l *Log) flush(batch []entry) {
	for tries := 0; len(batch) > 0; {
		n := l.fill(batch)
		if err := l.write(); err != nil {
			l.tail = nil // never written again: its last write may yet take effect
			if tries++; tries == 2 {
				l.fail(batch, err)
				return
			}
			continue
		}
		l.commit(batch[:n])
		batch, tries = batch[n:], 0
	}
}

// fill adds as many events to the tail as it takes, at least one; if it takes none, the next segment begins.
func (l *Log) fill(batch []entry) int {
	var line []byte
	for i := range batch {
		e := &batch[i].Event
		if l.tail == nil {
			l.tail = newBuilding(l.nextHeader(), nil)
		}
		e.Prev = l.tail.prev()
		line = e.AppendLine(line[:0])
		if !l.tail.fits(len(line) + 1) {
			if i > 0 {
				return i
			}
			l.tail = newBuilding(l.nextHeader(), l.tail.zip)
			e.Prev = l.tail.prev()
			line = e.AppendLine(line[:0])
		}
		l.tail.add(*e, line)
	}
	return len(batch)
}

// nextHeader names what the next segment follows: the last durable line of this process and the ends of
// others' segments not named yet, as many as a header takes.
func (l *Log) nextHeader() Header {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	l.begun = l.number
	h := Header{Writer: l.writer, Number: l.number, Began: time.Now().UTC().Truncate(time.Millisecond)}
	if l.own.Segment != "" {
		h.Parents = append(h.Parents, l.own)
	}
	h.Parents = append(h.Parents, l.others[:min(len(l.others), maxParents-len(h.Parents))]...)
	sortHeads(h.Parents)
	return h
}

// write stores the tail. It returns nil only when the store is known to hold exactly what was sent.
func (l *Log) write() error {
	if l.tail.Number > maxNumber {
		return errNumbers
	}
	body, tags := l.tail.body(), l.tail.tags()
	err := l.put(body, tags)
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), getTime)
	defer cancel()
	stands, readErr := l.store.Get(ctx, l.tail.name, "")
	switch {
	case readErr != nil:
		err = fmt.Errorf("%w (read back: %w)", err, readErr)
	case stands != body:
		err = fmt.Errorf("%w (read back: %w)", err, errDiffers)
	default:
		l.logger.Info("an unclear answer, but the audit segment stands as sent",
			"segment", l.tail.name, "error", err)
		return nil
	}
	l.logger.Warn("gave up an audit segment after an unclear answer",
		"segment", l.tail.name, "durable", l.durable(l.tail.name), "error", err)
	return err
}

func (l *Log) put(body string, tags map[string]string) error {
	ctx, cancel := context.WithTimeout(context.Background(), putTime)
	defer cancel()
	return l.store.Put(ctx, l.tail.name, body, tags)
}

// durable is the number of acknowledged events in the segment being written.
func (l *Log) durable(segment string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.own.Segment == segment {
		return l.own.Count
	}
	return 0
}

// commit makes it known that the tail is durable, and with it these events.
func (l *Log) commit(batch []entry) {
	l.mu.Lock()
	if l.own.Segment != l.tail.name { // its header now names these for good
		l.others = slices.DeleteFunc(l.others, func(h Head) bool { return slices.Contains(l.tail.Parents, h) })
	}
	l.own = l.tail.head()
	l.graph[l.tail.name] = node{count: l.tail.count, parents: l.tail.Parents}
	l.failed = nil
	l.recent.add(batch)
	l.mu.Unlock()
	for i := range batch {
		c := batch[i].of
		if c.left--; c.left == 0 {
			c.done <- nil
		}
		l.stream.send(batch[i].Event)
	}
}

// fail tells everybody in the batch that their events may not be there.
func (l *Log) fail(batch []entry, cause error) {
	err := fmt.Errorf("%w: %w", ErrUnwritten, cause)
	l.logger.Error("audit events not written", "events", len(batch), "error", cause)
	l.mu.Lock()
	l.failed, l.failedAt = err, time.Now()
	l.mu.Unlock()
	for i := range batch {
		if c := batch[i].of; c.left > 0 {
			c.left = 0
			c.done <- err
		}
	}
}
