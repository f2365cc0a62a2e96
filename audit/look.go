package audit

import "context"

// maxLooks is how often a segment that is damaged, or has fewer events than the list says, is read. An answer
// may come late, so it is more than once; after that only growth makes it worth another look.
const maxLooks = 3

// looks counts them.
type looks map[string]looked

type looked struct{ count, times int }

func (l looks) over(name string, count int) bool {
	return l[name].count == count && l[name].times >= maxLooks
}

// look reads segments as the list names them, and notes those that were not all there.
func (l *Log) look(ctx context.Context, names []string, g graph) ([]*segment, error) {
	segments, err := l.read(ctx, names)
	if err != nil {
		return nil, err
	}
	whole := map[string]bool{}
	for _, s := range segments {
		whole[s.name] = s.count() >= g[s.name].count
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		was := l.looks[name]
		switch {
		case whole[name]:
			delete(l.looks, name)
		case was.count == g[name].count:
			l.looks[name] = looked{was.count, was.times + 1}
		default:
			l.looks[name] = looked{g[name].count, 1}
		}
	}
	return segments, nil
}
