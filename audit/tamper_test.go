package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
)

// logbook is a log of three processes: one alone, one that overlaps with it, one after a restart that joins
// them and writes on into a second segment. Its checkpoint was taken at the end.
type logbook struct {
	*store
	checkpoint string
	lone       string   // segment of the first process
	side       string   // segment of the process that overlaps
	main       []string // segments of the third
}

func newLogbook(t testing.TB) logbook {
	t.Helper()
	b := logbook{store: newStore()}
	a := open(t, b.store)
	add(t, a, "a1", "a2", "a3", "a4")
	b.lone = b.names()[0]
	side := open(t, b.store)
	add(t, side, "b1", "b2", "b3")
	add(t, a, "a5", "a6")
	c := open(t, b.store)
	fill(t, c, 300)
	for _, name := range b.names()[1:] {
		if strings.Contains(b.lines(name), `"op":"b1"`) {
			b.side = name
		} else {
			b.main = append(b.main, name)
		}
	}
	b.checkpoint = checkpoint(t, c)
	if len(b.main) != 2 {
		t.Fatal(b.names())
	}
	return b
}

// rewrite is a new version of a segment, made by somebody who may write to the vault.
func (b logbook) rewrite(name, lines string) {
	b.set(name, audit.EncodeSegment(lines), b.segments[name].tags)
}

// replace is a segment without history: whoever did this administers the vault.
func (b logbook) replace(name, lines string) {
	tags := b.segments[name].tags
	b.segments[name] = nil
	b.set(name, audit.EncodeSegment(lines), tags)
}

func hash(line string) string {
	h := sha256.Sum256([]byte(line))
	return hex.EncodeToString(h[:])
}

// forge changes a segment's lines and mends the chain behind the change, as whoever knows the format would.
func forge(lines string, change func([]string) []string) string {
	list := change(strings.Split(strings.TrimSuffix(lines, "\n"), "\n"))
	for i := 1; i < len(list); i++ {
		e, err := audit.ParseEvent(list[i])
		if err != nil {
			panic(err)
		}
		e.Prev = hash(list[i-1])
		list[i] = string(e.AppendLine(nil))
	}
	return strings.Join(list, "\n") + "\n"
}

func edit(n int, old, new string) func([]string) []string {
	return func(lines []string) []string {
		if !strings.Contains(lines[n-1], old) {
			panic(lines[n-1])
		}
		lines[n-1] = strings.Replace(lines[n-1], old, new, 1)
		return lines
	}
}

func cutFrom(n int) func([]string) []string {
	return func(lines []string) []string { return lines[:n-1] }
}

func drop(n int) func([]string) []string {
	return func(lines []string) []string { return slices.Delete(lines, n-1, n) }
}

func swap(n int) func([]string) []string {
	return func(lines []string) []string {
		lines[n-1], lines[n] = lines[n], lines[n-1]
		return lines
	}
}

func double(n int) func([]string) []string {
	return func(lines []string) []string { return slices.Insert(lines, n, lines[n-1]) }
}

// raw changes lines and leaves the chain broken.
func raw(lines string, change func([]string) []string) string {
	return strings.Join(change(strings.Split(strings.TrimSuffix(lines, "\n"), "\n")), "\n") + "\n"
}

// TestTamper: every way to touch the log is found, and the place is named. Without the checkpoint some ways
// must stay hidden: these say so, and are found with it.
func TestTamper(t *testing.T) {
	type where struct {
		segment string
		line    int // 0: no line is named
	}
	for name, c := range map[string]struct {
		touch func(b logbook) where
		needs bool // only a checkpoint shows it
		want  string
	}{
		"a word, chain broken": {touch: func(b logbook) where {
			b.replace(b.lone, raw(b.lines(b.lone), edit(3, "rotate", "get")))
			return where{b.lone, 4}
		}, want: "does not follow"},
		"a word, chain mended": {touch: func(b logbook) where {
			b.replace(b.lone, forge(b.lines(b.lone), edit(3, "rotate", "get")))
			return where{b.lone, 7}
		}, want: "was written after it"},
		"a word, as a new version": {touch: func(b logbook) where {
			b.rewrite(b.lone, forge(b.lines(b.lone), edit(3, "rotate", "get")))
			return where{b.lone, 3}
		}, want: "older version"},
		"a word in the newest line": {touch: func(b logbook) where {
			lines := b.lines(b.main[1])
			n := strings.Count(lines, "\n")
			b.replace(b.main[1], raw(lines, edit(n, "rotate", "get")))
			return where{b.main[1], n}
		}, needs: true, want: "checkpoint"},
		"a word in the newest line, as a new version": {touch: func(b logbook) where {
			lines := b.lines(b.main[1])
			n := strings.Count(lines, "\n")
			b.rewrite(b.main[1], raw(lines, edit(n, "rotate", "get")))
			return where{b.main[1], n}
		}, want: "older version"},
		"the tail cut": {touch: func(b logbook) where {
			lines := b.lines(b.main[1])
			n := strings.Count(lines, "\n")
			b.replace(b.main[1], raw(lines, cutFrom(n-3)))
			return where{b.main[1], n - 3}
		}, want: "tags"}, // whoever sets tags too is met below
		"the tail cut, tags too": {touch: func(b logbook) where {
			lines := b.lines(b.main[1])
			n := strings.Count(lines, "\n")
			b.replace(b.main[1], raw(lines, cutFrom(n-3)))
			b.segments[b.main[1]].tags = map[string]string{
				"count": fmt.Sprint(n - 5), "parents": b.segments[b.main[1]].tags["parents"]}
			return where{b.main[1], n - 3}
		}, needs: true, want: "what follows is missing"},
		"the tail cut, as a new version": {touch: func(b logbook) where {
			lines := b.lines(b.main[1])
			n := strings.Count(lines, "\n")
			b.rewrite(b.main[1], raw(lines, cutFrom(n-3)))
			return where{b.main[1], n - 3}
		}, want: "shortened"},
		"newest versions dropped": {touch: func(b logbook) where {
			v := &b.segments[b.lone].versions
			*v = (*v)[:len(*v)-2]
			return where{b.lone, 6}
		}, want: "what follows is missing"},
		"older versions dropped": {touch: func(b logbook) where {
			b.rewrite(b.side, raw(b.lines(b.side), edit(3, "rotate", "get")))
			v := &b.segments[b.side].versions
			*v = (*v)[len(*v)-1:]
			return where{b.side, 4}
		}, want: "does not follow"},
		"a version disabled": {touch: func(b logbook) where {
			b.segments[b.side].versions[1].disabled = true
			return where{b.side, 0}
		}, want: "disabled"},
		"a version that is rubbish": {touch: func(b logbook) where {
			b.set(b.side, "rubbish", b.segments[b.side].tags)
			return where{b.side, 0}
		}, want: "cannot be unpacked"},
		"a version cut within a line": {touch: func(b logbook) where {
			lines := b.lines(b.side)
			b.rewrite(b.side, lines[:len(lines)-20])
			return where{b.side, 4}
		}, want: "cut off"},
		"an empty version": {touch: func(b logbook) where {
			b.replace(b.side, "")
			return where{b.side, 0}
		}, want: "cut off"},
		"a header alone": {touch: func(b logbook) where {
			b.replace(b.side, raw(b.lines(b.side), cutFrom(2)))
			return where{b.side, 1}
		}, want: "holds no event"},
		"a line dropped": {touch: func(b logbook) where {
			b.replace(b.side, raw(b.lines(b.side), drop(3)))
			return where{b.side, 3}
		}, want: "does not follow"},
		"a line dropped, chain mended": {touch: func(b logbook) where {
			b.replace(b.side, forge(b.lines(b.side), drop(3)))
			return where{b.side, 4}
		}, want: "what follows is missing"},
		"two lines swapped": {touch: func(b logbook) where {
			b.replace(b.side, raw(b.lines(b.side), swap(2)))
			return where{b.side, 2}
		}, want: "does not follow"},
		"two lines swapped, chain mended": {touch: func(b logbook) where {
			b.replace(b.side, forge(b.lines(b.side), swap(2)))
			return where{b.side, 4}
		}, want: "not the line that stood"},
		"a line doubled": {touch: func(b logbook) where {
			b.replace(b.side, raw(b.lines(b.side), double(3)))
			return where{b.side, 4}
		}, want: "does not follow"},
		"a line doubled, chain mended": {touch: func(b logbook) where {
			b.replace(b.side, forge(b.lines(b.side), double(2)))
			return where{b.side, 4}
		}, want: "not the line that stood"},
		"a segment dropped": {touch: func(b logbook) where {
			delete(b.segments, b.main[0])
			return where{b.main[0], 0}
		}, want: "is missing"},
		"a whole writer dropped": {touch: func(b logbook) where {
			delete(b.segments, b.side)
			return where{b.side, 0}
		}, want: "is missing"},
		"the newest segment dropped": {touch: func(b logbook) where {
			delete(b.segments, b.main[1])
			return where{b.main[1], 0}
		}, needs: true, want: "is missing"},
		"a writer's segments dropped": {touch: func(b logbook) where {
			delete(b.segments, b.main[0])
			delete(b.segments, b.main[1])
			return where{b.main[1], 0}
		}, needs: true, want: "is missing"},
		"the log emptied": {touch: func(b logbook) where {
			clear(b.segments)
			return where{b.main[1], 0}
		}, needs: true, want: "is missing"},
		"two segments swapped": {touch: func(b logbook) where {
			x, y := b.lines(b.lone), b.lines(b.side)
			b.replace(b.lone, y)
			b.replace(b.side, x)
			return where{b.lone, 1}
		}, want: "under another name"},
		"a segment under another name": {touch: func(b logbook) where {
			b.segments["keydesk-audit-00000900-0123456789abcdef"] = b.segments[b.side]
			return where{"keydesk-audit-00000900-0123456789abcdef", 1}
		}, want: "under another name"},
		"a foreign name": {touch: func(b logbook) where {
			b.segments["keydesk-audit-extra"] = b.segments[b.side]
			return where{"keydesk-audit-extra", 0}
		}, want: "no name of a segment"},
		"the header's parents dropped": {touch: func(b logbook) where {
			b.replace(b.main[0], forge(b.lines(b.main[0]), func(lines []string) []string {
				h, _ := audit.ParseHeader(lines[0])
				h.Parents = nil
				lines[0] = string(h.AppendLine(nil))
				return lines
			}))
			return where{b.main[0], 0}
		}, want: "was written after it"},
		"a writer forked": {touch: func(b logbook) where {
			h, _ := audit.ParseHeader(strings.SplitN(b.lines(b.main[1]), "\n", 2)[0])
			h.Number += 5
			h.Parents = nil // from before where its second segment went on
			lines := forge(string(h.AppendLine(nil))+"\n"+strings.SplitN(b.lines(b.lone), "\n", 2)[1],
				func(l []string) []string { return l })
			b.set(h.Name(), audit.EncodeSegment(lines), map[string]string{"count": "6"})
			return where{h.Name(), 1}
		}, want: "never forks"},
		"tags that hide parents": {touch: func(b logbook) where {
			tags := maps.Clone(b.segments[b.side].tags)
			tags["parents"] = ""
			b.segments[b.side].tags = tags
			return where{b.side, 0}
		}, want: "tags"},
		"the whole log forged": {touch: func(b logbook) where {
			b.forgeAll()
			return where{b.main[1], strings.Count(b.lines(b.main[1]), "\n")}
		}, needs: true, want: "not the line that stood"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newLogbook(t)
			sound(t, b.store, 309)
			at := c.touch(b)
			alone := verify(t, b.store, audit.VerifyOptions{})
			if c.needs != alone.OK() {
				t.Errorf("without a checkpoint:\n%s", alone)
			}
			with := verify(t, b.store, audit.VerifyOptions{Checkpoint: b.checkpoint})
			if !found(with, at.segment, at.line, c.want) {
				t.Errorf("want %s, line %d: %q in\n%s", at.segment, at.line, c.want, with)
			}
		})
	}
}

func found(r audit.Report, segment string, line int, want string) bool {
	there := false
	for _, f := range r.Faults {
		there = there || f.Segment == segment && (line == 0 || f.Line == line)
	}
	return there && strings.Contains(r.String(), want)
}

// forgeAll writes the log anew with one word changed, every hash and parent mended, and no history left.
func (b logbook) forgeAll() {
	renamed := map[string]string{} // hashes
	for _, name := range b.names() {
		old := strings.Split(strings.TrimSuffix(b.lines(name), "\n"), "\n")
		lines := forge(b.lines(name), func(lines []string) []string {
			for was, is := range renamed {
				lines[0] = strings.ReplaceAll(lines[0], was, is)
			}
			lines[1] = strings.Replace(lines[1], "rotate", "delete", 1)
			return lines
		})
		for i, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
			renamed[hash(old[i])] = hash(line)
		}
		b.replace(name, lines)
	}
}
