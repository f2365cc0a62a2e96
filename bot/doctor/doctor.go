package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// checkTime bounds one check.
const checkTime = 30 * time.Second

// Check is one thing that is looked at.
type Check struct {
	// Name is what is looked at, as people call it.
	Name string
	// Needs names the checks without which this one says nothing.
	Needs []string
	// Run says what it saw, in a few words, and everything that is wrong: a fault, unless Warn made it.
	Run func(ctx context.Context) (saw string, wrong []error)
	// Advice is what to do about an error that does not say so itself; nil: nothing.
	Advice func(err error) string
}

// Result counts what was found.
type Result struct{ Faults, Warnings int }

type warning struct{ error }

// Unwrap gives what it warns of.
func (w warning) Unwrap() error { return w.error }

// Warn makes a warning of an error: Keydesk runs, but not as it should. nil stays nil.
func Warn(err error) error {
	if err == nil {
		return nil
	}
	return warning{err}
}

// Run makes the checks in their order and writes a line for each: ✓ fine, ! a warning, ✗ a fault, - not
// looked at.
func Run(ctx context.Context, w io.Writer, checks []Check) (r Result) {
	failed := map[string]string{} // name of a check that failed or was left out: the one that failed first
	for _, c := range checks {
		if root := firstFailed(failed, c.Needs); root != "" {
			failed[c.Name] = root
			fmt.Fprintf(w, "- %s: not looked at, as this failed: %s\n", c.Name, root)
			continue
		}
		if faults := c.report(ctx, w, &r); faults > 0 {
			failed[c.Name] = c.Name
		}
	}
	fmt.Fprintf(w, "\n%s\n", r)
	return r
}

func firstFailed(failed map[string]string, names []string) string {
	for _, name := range names {
		if root := failed[name]; root != "" {
			return root
		}
	}
	return ""
}

// report runs one check and writes what it found.
func (c Check) report(ctx context.Context, w io.Writer, r *Result) (faults int) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	saw, wrong := c.Run(ctx)
	for _, err := range wrong {
		mark := "✗"
		if _, ok := errors.AsType[warning](err); ok {
			mark = "!"
			r.Warnings++
		} else {
			faults++
		}
		fmt.Fprintf(w, "%s %s: %s\n", mark, c.Name, err)
		if c.Advice != nil {
			write(w, c.Advice(err))
		}
	}
	r.Faults += faults
	if len(wrong) == 0 {
		fmt.Fprintf(w, "✓ %s\n", strings.TrimSuffix(c.Name+": "+saw, ": "))
	}
	return faults
}

// width is how long a line of advice gets.
const width = 100

// write breaks advice into lines below what it is about.
func write(w io.Writer, advice string) {
	line := " "
	for word := range strings.FieldsSeq(advice) {
		if len(line)+1+len(word) > width && line != " " {
			fmt.Fprintln(w, line)
			line = " "
		}
		line += " " + word
	}
	if line != " " {
		fmt.Fprintln(w, line)
	}
}

// String sums up for people.
func (r Result) String() string {
	if r == (Result{}) {
		return "All is fine."
	}
	var said []string
	for _, n := range []struct {
		count     int
		one, many string
	}{{r.Faults, "fault", "faults"}, {r.Warnings, "warning", "warnings"}} {
		switch n.count {
		case 0:
		case 1:
			said = append(said, "1 "+n.one)
		default:
			said = append(said, fmt.Sprintf("%d %s", n.count, n.many))
		}
	}
	return strings.Join(said, ", ") + "."
}
