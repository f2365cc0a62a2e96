package audit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// graph is the log's shape: which segments there are, how long they are, what they follow.
type graph map[string]node

type node struct {
	count   int
	parents []Head // from tags: without hashes
	last    string // time of the last event, from the tag
}

// graphOf reads the shape from a list's tags. Names that are no segment's are left out.
func graphOf(infos []SegmentInfo) graph {
	g := graph{}
	for _, s := range infos {
		if _, _, ok := ParseName(s.Name); !ok {
			continue
		}
		n := node{last: s.Tags[tagLast]}
		n.count, _ = strconv.Atoi(s.Tags[tagCount])
		n.parents, _ = parseParentsTag(s.Tags[tagParents])
		g[s.Name] = n
	}
	return g
}

// newestFirst orders all segments by the time of their last event, then by name.
func (g graph) newestFirst() []string {
	return slices.SortedFunc(maps.Keys(g), func(a, b string) int {
		return cmp.Or(strings.Compare(g[b].last, g[a].last), strings.Compare(b, a))
	})
}

// ends names the segments whose end nobody follows, newest first.
func (g graph) ends() []string {
	followed := map[string]int{}
	for _, n := range g {
		for _, p := range n.parents {
			followed[p.Segment] = max(followed[p.Segment], p.Count)
		}
	}
	return slices.DeleteFunc(g.newestFirst(), func(name string) bool {
		n, ok := followed[name]
		return ok && n >= g[name].count
	})
}

// reach counts the events that the heads were written after, and those they stand at. It also says how much
// of each segment that is.
func (g graph) reach(heads []Head) (events int, used map[string]int) {
	used = map[string]int{}
	take := func(heads []Head) {
		for _, h := range heads {
			used[h.Segment] = max(used[h.Segment], h.Count)
		}
	}
	take(heads)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(g))) { // parents have smaller numbers
		if _, ok := used[name]; ok {
			take(g[name].parents)
		}
	}
	for _, n := range used {
		events += n
	}
	return events, used
}
