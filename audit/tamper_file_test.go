package audit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"keydesk/audit"
)

// plain is a small log as a file, with a checkpoint over all of it.
func plain(t *testing.T) (file, checkpointText string) {
	s := newStore()
	a, b := open(t, s), open(t, s)
	add(t, a, "a1", "a2")
	add(t, b, "b1")
	c := open(t, s)
	add(t, c, "c1")
	for _, name := range s.names() {
		file += s.lines(name)
	}
	return file, checkpoint(t, c)
}

func verifyFile(t *testing.T, file, checkpoint string) audit.Report {
	t.Helper()
	r, err := audit.VerifyReader(strings.NewReader(file), audit.VerifyOptions{Checkpoint: checkpoint})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// near says whether a fault names the place: the line that was touched or the one after it, or the segment
// when the place is where it ends.
func near(r audit.Report, line int, segments []string) bool {
	for _, f := range r.Faults {
		if f.FileLine >= line-1 && f.FileLine <= line+1 || f.FileLine == 0 && slices.Contains(segments, f.Segment) {
			return true
		}
	}
	return false
}

// TestEveryByte changes, drops and doubles each byte of a log, and cuts it there.
func TestEveryByte(t *testing.T) {
	file, cp := plain(t)
	if r := verifyFile(t, file, cp); !r.OK() || r.Events != 4 || r.Covered.Events != 4 {
		t.Fatalf("%s", r)
	}
	at := segmentsByLine(file)
	for i := range len(file) {
		line := 1 + strings.Count(file[:i], "\n")
		for what, touched := range map[string]string{
			"changed": file[:i] + string(file[i]^1) + file[i+1:],
			"dropped": file[:i] + file[i+1:],
			"doubled": file[:i+1] + file[i:],
			"space":   file[:i] + " " + file[i:],
			"cut":     file[:i],
		} {
			if touched == file || touched+"\n" == file {
				continue // the very last newline
			}
			segments := at[line]
			if what == "cut" {
				segments = slices.Concat(slices.Collect(maps.Values(at))...) // whatever came after
			}
			if r := verifyFile(t, touched, cp); !near(r, line, segments) {
				t.Fatalf("byte %d (line %d) %s:\n%s", i, line, what, r)
			}
		}
	}
}

// segmentsByLine names the segment that each line of a file is in, and the one before.
func segmentsByLine(file string) map[int][]string {
	at := map[int][]string{}
	now, before := "", ""
	n := 0
	for line := range strings.Lines(file) {
		n++
		if h, err := audit.ParseHeader(strings.TrimSuffix(line, "\n")); err == nil {
			before, now = now, h.Name()
		}
		at[n] = []string{now, before}
	}
	return at
}

// TestEveryLine drops, doubles, swaps and moves each line.
func TestEveryLine(t *testing.T) {
	file, cp := plain(t)
	at := segmentsByLine(file)
	lines := strings.SplitAfter(file, "\n")
	lines = lines[:len(lines)-1]
	for i := range lines {
		dropped := slices.Delete(slices.Clone(lines), i, i+1)
		touched := map[string][]string{
			"dropped": dropped,
			"doubled": slices.Insert(slices.Clone(lines), i, lines[i]),
		}
		for j := range dropped {
			touched[fmt.Sprint("moved to ", j+1)] = slices.Insert(slices.Clone(dropped), j, lines[i])
		}
		for what, now := range touched {
			text := strings.Join(now, "")
			if text == file || sameSegments(text, file) {
				continue
			}
			if r := verifyFile(t, text, cp); r.OK() || what == "dropped" && !near(r, i+1, at[i+1]) {
				t.Errorf("line %d %s:\n%s", i+1, what, r)
			}
		}
	}
}

// sameSegments: the order of whole segments in a file means nothing.
func sameSegments(a, b string) bool {
	cut := func(s string) []string {
		return slices.Sorted(slices.Values(strings.Split("\n"+s, "\n"+`{"format"`)))
	}
	norm := func(s []string) []string {
		for i := range s {
			s[i] = strings.TrimSuffix(s[i], "\n")
		}
		slices.Sort(s)
		return s
	}
	return slices.Equal(norm(cut(a)), norm(cut(b)))
}

func TestFileOddities(t *testing.T) {
	file, cp := plain(t)
	for name, c := range map[string]struct {
		file string
		want string // "" = fine
	}{
		"whole":               {file, ""},
		"last newline gone":   {strings.TrimSuffix(file, "\n"), ""},
		"empty":               {"", "is missing"},
		"byte order mark":     {"\uFEFF" + file, "is no header"},
		"CRLF":                {strings.ReplaceAll(file, "\n", "\r\n"), "is no"},
		"blank line":          {file + "\n", "is no event"},
		"twice":               {file + file, "is there twice"},
		"no header":           {`{"time"}` + "\n" + file, "is no header"},
		"a line without end":  {file + strings.Repeat("x", 9<<20), "longer than a segment can be"},
		"a format to come":    {strings.Replace(file, `"format":1`, `"format":2`, 1), "is no header"},
		"CSV":                 {"time,op,action\n1,2,3\n", "is no header"},
		"a checkpoint's text": {cp, "is no header"},
	} {
		r := verifyFile(t, c.file, cp)
		if (c.want == "") != r.OK() || !strings.Contains(r.String(), c.want) {
			t.Errorf("%s: want %q in\n%s", name, c.want, r)
		}
	}
}
