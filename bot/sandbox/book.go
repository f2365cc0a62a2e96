package sandbox

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// keepPerChat is how many messages a chat keeps; older ones fall off its top.
const keepPerChat = 500

var (
	errUnknown = errors.New("no such message")
	errNotOwn  = errors.New("not the sender's own message")
)

// message is one line of a chat. A copy may be read without the book's lock: nobody writes into
// a Card that is already in the book.
type message struct {
	ID      string          `json:"id"`
	Chat    string          `json:"chat"`           // a 1:1 chat's or a channel's id
	Root    string          `json:"root,omitempty"` // in channels: the post it answers
	From    string          `json:"from,omitempty"` // a person's Entra id; "" = the bot
	Name    string          `json:"name,omitempty"` // as it was when it was sent
	At      time.Time       `json:"at"`
	Edited  time.Time       `json:"edited,omitzero"`
	Gone    bool            `json:"gone,omitempty"`
	Text    string          `json:"text,omitempty"`
	Plain   bool            `json:"plain,omitempty"` // no markdown in Text
	Summary string          `json:"summary,omitempty"`
	Card    json.RawMessage `json:"card,omitempty"`
	Told    bool            `json:"told,omitempty"` // the bot got this message
	Seq     int64           `json:"seq"`            // number of its last change
	// Answered is what single people see in its place, by their Entra id.
	Answered map[string]answered `json:"answered,omitempty"`
}

// record is one line of the transcript: a message as it now is, or a chat that was opened.
type record struct {
	Message *message `json:"message,omitempty"`
	Opened  string   `json:"opened,omitempty"`
}

// book holds every chat. What it answers is written down before.
type book struct {
	mu     sync.Mutex
	file   *transcript // nil = memory only
	chats  map[string][]*message
	byID   map[string]*message
	opened map[string]bool
	typing map[string]int64 // chat -> number of the last typing signal
	lastID int64
	seq    int64
	wake   map[chan struct{}]struct{}
}

func openBook(path string, seal cipher.AEAD) (*book, error) {
	b := &book{
		chats: make(map[string][]*message), byID: make(map[string]*message),
		opened: make(map[string]bool), typing: make(map[string]int64),
		wake: make(map[chan struct{}]struct{}),
	}
	if path == "" {
		return b, nil
	}
	file, records, err := openTranscript(path, seal)
	if err != nil {
		return nil, err
	}
	b.file = file
	for _, r := range records {
		b.take(r)
	}
	return b, nil
}

// take puts a record in its place, the last one about a message wins.
func (b *book) take(r record) {
	if r.Opened != "" {
		b.opened[r.Opened] = true
	}
	m := r.Message
	if m == nil {
		return
	}
	if old, ok := b.byID[m.ID]; ok {
		*old = *m
	} else {
		list := append(b.chats[m.Chat], m)
		if len(list) > keepPerChat {
			delete(b.byID, list[0].ID)
			list = slices.Clone(list[1:])
		}
		b.chats[m.Chat], b.byID[m.ID] = list, m
	}
	b.seq = max(b.seq, m.Seq)
	for _, own := range m.Answered {
		b.seq = max(b.seq, own.Seq)
	}
	if id, err := strconv.ParseInt(m.ID, 10, 64); err == nil {
		b.lastID = max(b.lastID, id)
	}
}

// add gives m its id, time and number, and keeps it.
func (b *book) add(m message) (message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m.At = time.Now().UTC()
	// Teams' ids are the time in milliseconds, made unique.
	m.ID = strconv.FormatInt(max(b.lastID+1, m.At.UnixMilli()), 10)
	if m.Root == m.ID {
		m.Root = ""
	}
	return b.put(m)
}

// change lets edit alter a copy of a message of chat and keeps that. The error is edit's,
// errUnknown, or the file's.
func (b *book) change(chat, id string, edit func(*message) error) (message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.byID[id]
	if !ok || old.Chat != chat || old.Gone {
		return message{}, errUnknown
	}
	m := *old
	if err := edit(&m); err != nil {
		return message{}, err
	}
	return b.put(m)
}

func (b *book) put(m message) (message, error) {
	m.Seq = b.nextSeq()
	return b.keep(m)
}

func (b *book) keep(m message) (message, error) {
	if err := b.write(record{Message: &m}); err != nil {
		return message{}, err
	}
	b.take(record{Message: &m})
	if m.Gone && b.file != nil {
		// What was deleted must not stay in the file's older lines.
		if err := b.file.rewrite(b.records()); err != nil {
			return message{}, err
		}
	}
	delete(b.typing, m.Chat)
	b.wakeAll()
	return m, nil
}

func (b *book) write(r record) error {
	if b.file == nil {
		return nil
	}
	if b.file.lines > 2*len(b.byID)+len(b.opened)+1000 {
		if err := b.file.rewrite(b.records()); err != nil {
			return err
		}
	}
	return b.file.append(r)
}

// records are all that is worth keeping, oldest first.
func (b *book) records() []record {
	var out []record
	for _, id := range slices.Sorted(maps.Keys(b.opened)) {
		out = append(out, record{Opened: id})
	}
	for _, chat := range slices.Sorted(maps.Keys(b.chats)) {
		for _, m := range b.chats[chat] {
			out = append(out, record{Message: m})
		}
	}
	return out
}

// nextSeq is larger than every number before it, also over restarts, as long as the clock is
// roughly right.
func (b *book) nextSeq() int64 {
	b.seq = max(b.seq+1, time.Now().UnixMicro())
	return b.seq
}

// open marks a chat as opened; it says whether this was the first time.
func (b *book) open(chat string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened[chat] {
		return false, nil
	}
	b.opened[chat] = true
	return true, b.write(record{Opened: chat})
}

// reopen takes open back: the bot could not be told. The file keeps the old mark until it is
// rewritten with the next opening; at worst the bot is told again, as Teams does.
func (b *book) reopen(chat string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.opened, chat)
	if b.file != nil {
		_ = b.file.rewrite(b.records())
	}
}

func (b *book) get(chat, id string) (message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, ok := b.byID[id]
	if !ok || m.Chat != chat {
		return message{}, false
	}
	return *m, true
}
