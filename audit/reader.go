package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
)

const (
	headerStart = `{"format":`
	maxLine     = 1 << 20 // bytes
)

// VerifyReader checks a log that was exported as plain lines: a header line, its event lines, the next header
// line, and so on, segments in any order. It needs memory for a hash an event. An error means that r could
// not be read, or ErrBadCheckpoint or ErrBadKey.
func VerifyReader(r io.Reader, opts VerifyOptions) (Report, error) {
	c, err := newChecker(opts)
	if err != nil {
		return Report{}, err
	}
	parts := make(chan part, 2*runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for p := range parts {
				c.add(p.check())
			}
		})
	}
	err = split(r, parts)
	close(parts)
	wg.Wait()
	if err != nil {
		return Report{}, fmt.Errorf("reading the log: %w", err)
	}
	report := c.finish(true)
	if report.Segments == 0 { // every Keydesk begins its log with its start
		report.add(Fault{What: "there is no log in it"})
	}
	return report, nil
}

// part is a segment's lines and where in the file they begin.
type part struct {
	lines string
	first int
	cut   bool // more lines than a segment can have were left out
}

func (p part) check() *segment {
	s := checkLines("", p.lines, false)
	if p.cut {
		s.faults = append(s.faults, Fault{Segment: s.name, What: "is longer than a segment can be"})
	}
	for i := range s.faults {
		s.faults[i].FileLine = p.first + max(0, s.faults[i].Line-1)
		s.faults[i].Segment = s.name // known since the header was read
	}
	for i := range s.notes {
		s.notes[i].FileLine = p.first + s.notes[i].Line - 1
	}
	return s
}

// split cuts the input before each header line.
func split(r io.Reader, parts chan<- part) error {
	in := bufio.NewReaderSize(r, maxLine)
	var b strings.Builder
	p := part{first: 1}
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			n-- // the rest of the line comes next
		}
		if bytes.HasPrefix(line, []byte(headerStart)) && b.Len() > 0 {
			p.lines = b.String()
			parts <- p
			b, p = strings.Builder{}, part{first: n}
		}
		if b.Len()+len(line) > 4*maxPlain {
			p.cut = true
		} else if !p.cut {
			b.Write(line)
		}
		if err == io.EOF {
			break
		}
	}
	if p.lines = b.String(); p.lines != "" || p.cut {
		if !strings.HasSuffix(p.lines, "\n") {
			p.lines += "\n" // an editor may have taken the last one; nothing is lost with it
		}
		parts <- p
	}
	return nil
}
