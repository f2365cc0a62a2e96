package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Errors of a verification that could not run. A log that does not hold is no error but a Fault.
var (
	// ErrBadCheckpoint: the text given is no checkpoint.
	ErrBadCheckpoint = errors.New("audit: not a checkpoint")
	// ErrBadKey: the key given is no verifier key, which looks like keydesk/<vault>+<8 hex>+<base64>.
	ErrBadKey = errors.New("audit: not a verifier key")
)

const (
	verifyReads = 16               // segments in work at once
	verifyTime  = 30 * time.Second // for one read
)

// VerifyOptions of Verify and VerifyReader. The zero value checks the log by itself.
type VerifyOptions struct {
	Checkpoint  string // a checkpoint that was kept elsewhere, as posted
	Key         string // verifier key; "" leaves the checkpoint's signature unchecked, and the report says so
	Vault       string // if set, the checkpoint must be of this vault
	CurrentOnly bool   // leave the older versions alone: faster, and blind to a cut of the newest lines
}

// Verify reads the whole log and checks it: each line's form and chain, each header and what it follows, each
// segment against all its older versions, and the log against a checkpoint. What is wrong stands in the
// report's Faults. It returns an error only when it could not finish: the store did not answer (reads are
// tried four times), ErrBadCheckpoint, ErrBadKey, or ctx ended. The log may be written meanwhile.
func Verify(ctx context.Context, store Store, opts VerifyOptions) (Report, error) {
	c, err := newChecker(opts)
	if err != nil {
		return Report{}, err
	}
	infos, err := again(ctx, func() ([]SegmentInfo, error) { return store.List(ctx) })
	if err != nil {
		return Report{}, fmt.Errorf("listing segments: %w", err)
	}
	f := fetcher{store: store, current: opts.CurrentOnly}
	tags := map[string]map[string]string{}
	for _, info := range infos {
		tags[info.Name] = info.Tags
	}
	asked := map[string]bool{}
	for names := slices.Sorted(maps.Keys(tags)); len(names) > 0; names = c.unseen(asked) {
		for _, name := range names {
			asked[name] = true
		}
		if err := c.fetch(ctx, f, names, tags); err != nil {
			return Report{}, err
		}
	}
	return c.finish(false), nil
}

// fetch reads and checks segments, many at once.
func (c *checker) fetch(
	ctx context.Context, f fetcher, names []string, tags map[string]map[string]string,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	gate := make(chan struct{}, verifyReads)
	var wg sync.WaitGroup
	for _, name := range names {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			if ctx.Err() != nil {
				return
			}
			s, err := f.fetch(ctx, name)
			if err != nil {
				cancel(fmt.Errorf("reading segment %s: %w", name, err))
				return
			}
			if t, ok := tags[name]; ok {
				s.checkTags(t)
			} else if len(s.hashes) == 0 {
				return // neither listed nor there: missing, which whoever named it reports
			}
			c.add(s)
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// unseen names the segments that headers or the checkpoint name and the list did not: a list takes many
// pages, and a segment begun meanwhile may fall between them.
func (c *checker) unseen(asked map[string]bool) []string {
	var names []string
	add := func(heads []Head) {
		for _, h := range heads {
			if !asked[h.Segment] && !slices.Contains(names, h.Segment) {
				names = append(names, h.Segment)
			}
		}
	}
	for _, s := range c.segments {
		add(s.header.Parents)
	}
	if c.cp != nil {
		add(c.cp.Heads)
	}
	return names
}

// fetcher reads segments with their versions.
type fetcher struct {
	store   Store
	current bool
}

func (f fetcher) get(ctx context.Context, name, version string) (string, error) {
	return again(ctx, func() (string, error) {
		ctx, cancel := context.WithTimeout(ctx, verifyTime)
		defer cancel()
		return f.store.Get(ctx, name, version)
	})
}

// fetch finds a segment's true content, the longest extension of its oldest version, and checks it. The
// current version is read last, so that a writer who goes on meanwhile only makes it longer.
func (f fetcher) fetch(ctx context.Context, name string) (*segment, error) {
	var t truth
	if !f.current {
		versions, err := again(ctx, func() ([]string, error) { return f.store.Versions(ctx, name) })
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		for _, v := range versions {
			if err := f.take(ctx, &t, name, v); err != nil {
				return nil, err
			}
		}
	}
	if err := f.take(ctx, &t, name, ""); err != nil {
		return nil, err
	}
	if t.lines == "" {
		return &segment{name: name, versions: t.versions, faults: t.faults}, nil
	}
	s := checkLines(name, t.lines, false)
	s.versions = t.versions
	s.faults = append(t.faults, s.faults...)
	return s, nil
}

func (f fetcher) take(ctx context.Context, t *truth, name, version string) error {
	body, err := f.get(ctx, name, version)
	switch {
	case errors.Is(err, ErrNotFound):
		t.fault(name, version, 0, "is listed, but is not there")
	case errors.Is(err, ErrUnreadable):
		t.fault(name, version, 0, "is kept back by the vault: it was disabled")
	case err != nil:
		return err
	default:
		t.take(name, version, body)
	}
	return nil
}

// truth is a segment's content as far as its versions agree.
type truth struct {
	lines    string // the longest extension so far
	body     string // the value last taken
	taken    string // its lines; "" when it could not be used
	versions int
	faults   []Fault
}

func (t *truth) fault(name, version string, line int, format string, args ...any) {
	f := Fault{Segment: name, Version: version, Line: line, What: fmt.Sprintf(format, args...)}
	if len(t.faults) < maxSegmentFaults {
		t.faults = append(t.faults, f)
	}
}

// take takes the next version; "" is the current one, taken last, which must not be shorter than any other.
func (t *truth) take(name, version, body string) {
	if version != "" {
		t.versions++
	}
	if body != t.body {
		t.body, t.taken = body, t.extend(name, version, body)
	}
	if version == "" && t.taken != "" && len(t.taken) < len(t.lines) {
		held := strings.Count(t.taken, "\n")
		t.fault(name, "", held+1, "and what follows is missing: the segment was shortened to %d of %d lines",
			held, strings.Count(t.lines, "\n"))
	}
}

// extend returns the lines of a value if they fit the other versions, and goes on from them if they are more.
func (t *truth) extend(name, version, body string) string {
	lines, err := DecodeSegment(body)
	switch {
	case err != nil:
		t.fault(name, version, 0, "cannot be unpacked: %v", err)
		return ""
	case lines == "" || lines[len(lines)-1] != '\n':
		t.fault(name, version, strings.Count(lines, "\n")+1, "is cut off within a line")
		return ""
	case strings.HasPrefix(lines, t.lines):
		t.lines = lines
	case !strings.HasPrefix(t.lines, lines):
		t.fault(name, version, differ(t.lines, lines), "is not what an older version of the segment says")
		return ""
	}
	return lines
}

// differ is the number of the first line that is not the same.
func differ(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return strings.Count(a[:n], "\n") + 1
}

// checkTags compares the tags, which lists and starts rely on, with the content.
func (s *segment) checkTags(tags map[string]string) {
	if !s.known {
		return
	}
	count, err := strconv.Atoi(tags[tagCount])
	if err != nil || count > s.count() || tags[tagParents] != parentsTag(s.header.Parents) {
		s.fault(0, "has tags that do not fit its content")
	}
}

// checker gathers segments and then looks at them together.
type checker struct {
	opts     VerifyOptions
	cp       *Checkpoint
	verifier note.Verifier
	mu       sync.Mutex
	segments map[string]*segment
	numbers  map[int]bool
	forged   bool // the checkpoint is not what it says
	report   Report
}

func (c *checker) add(s *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Versions += s.versions
	c.report.add(s.faults...)
	c.report.note(s.notes...)
	if _, _, ok := ParseName(s.name); !ok && s.name != "" {
		c.report.add(Fault{Segment: s.name, What: "is no name of a segment"})
		return
	}
	if len(s.hashes) == 0 || s.name == "" {
		return
	}
	if c.segments[s.name] != nil {
		c.report.add(Fault{Segment: s.name, What: "is there twice"})
		return
	}
	c.segments[s.name] = s
}
