package sandbox

// This file is how pages follow the book: a page is woken when anything changed and then reads
// what came after the last number it saw. Nothing is queued, so a slow page loses nothing and
// costs nothing.

// news is what changed for a person in chats after number, oldest message first; typing are the chats in
// which the bot said since then that it is typing.
func (b *book) news(person string, chats []string, after int64) (changed []message, typing []string, upTo int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, chat := range chats {
		for _, m := range b.chats[chat] {
			if m.as(person).Seq > after {
				changed = append(changed, *m)
			}
		}
		if b.typing[chat] > after {
			typing = append(typing, chat)
		}
	}
	return changed, typing, b.seq
}

func (b *book) setTyping(chat string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.typing[chat] = b.nextSeq()
	b.wakeAll()
}

// follow returns a channel that gets a token whenever something changed, and its end.
func (b *book) follow() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake[c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.wake, c)
	}
}

// wakeAll needs the lock.
func (b *book) wakeAll() {
	for c := range b.wake {
		select {
		case c <- struct{}{}:
		default: // it is awake already
		}
	}
}
