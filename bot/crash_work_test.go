//go:build unix

package main_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	mostKeys   = 6 // of one worker: after that it rotates
	mostPosts  = 7 // that the connector takes into one person's chat within a second (teams/limits.go)
	postsAStep = 3 // at most, of one step
)

// worker changes keys that nobody else changes, and writes down what it was told.
type worker struct {
	*rand.Rand
	number int
	people []string
	now    *person // who works at the moment; nil: a new bot, nobody yet
	posts  int     // into this person's chat
	turn   int     // whose turn is next

	patience time.Duration // how long one waits for an answer
	busy     bool          // does chores too

	serial int
	keys   []*key
	links  []*link // whose end is not checked yet
	opened []order // values that came, and were seen

	withdrawn int // links, acknowledged
	chore     chore
}

// key is one key as its worker knows it. Its values are serials: both parts of a value hold the same one.
type key struct {
	name    string
	value   string   // the last one that was acknowledged or seen; "": there is none
	pending []string // those that were sent since, without a clear answer
	sent    []string // all, in order
	acked   []string // all that were acknowledged as stored
	refused []string // all of which a person has read that they are not
}

// link is one address that a person was given.
type link struct {
	address string
	of      *key
	reason  string // of the order that led to it
	state   linkState
}

type linkState int

const (
	linkOpen  linkState = iota // it gives the value, once
	linkMaybe                  // something was asked of it, and no answer came
	linkDead                   // it was used or withdrawn
)

// order is an acknowledged read: the key, and the reason that its events carry.
type order struct{ key, reason string }

// who is whose turn it is. They take turns, so that nobody waits for the connector, or gives 30 orders a
// minute.
func (w *worker) who(p *process) *person {
	if w.now == nil || w.posts+postsAStep > mostPosts {
		w.now, w.posts = &person{process: p, id: w.people[w.turn%len(w.people)], patience: w.patience}, 0
		w.turn++
	}
	w.posts += postsAStep
	return w.now
}

// step does one thing. An error means that no answer came, or that it was no.
func (w *worker) step(p *process) error {
	if w.busy && w.IntN(2) == 0 {
		return w.chores(p)
	}
	who := w.who(p)
	switch {
	case len(w.keys) == 0, len(w.keys) < mostKeys && w.IntN(4) == 0:
		k := &key{name: fmt.Sprintf("ninjaone/w%d-%d", w.number, len(w.keys))}
		w.keys = append(w.keys, k)
		return w.store(who, k)
	case w.IntN(2) == 0:
		return w.store(who, w.keys[w.IntN(len(w.keys))])
	}
	if k := w.keys[w.IntN(len(w.keys))]; k.value != "" {
		return w.read(who, k)
	}
	return nil
}

// parts are the value of a serial.
func parts(serial string) map[string]string {
	return map[string]string{"client_id": "obviously-fake-id-" + serial,
		"client_secret": "obviously-fake-secret-" + serial}
}

// serialOf is the serial of a value, and an error for a value that is none or is of two.
func serialOf(got map[string]string) (string, error) {
	serial, ok := strings.CutPrefix(got["client_id"], "obviously-fake-id-")
	if !ok || got["client_secret"] != "obviously-fake-secret-"+serial || len(got) != 2 {
		return "", errors.New("a value that nobody has entered")
	}
	return serial, nil
}

// denialForm is how Keydesk says that a value was not stored.
var denialForm = regexp.MustCompile("[Nn]othing was (done|changed)")

// store adds a key, or rotates it if it is there.
func (w *worker) store(who *person, k *key) error {
	verb, done := "rotate", "Rotated"
	if k.value == "" {
		verb, done = "add", "Stored"
	}
	form, err := who.say(verb + " " + k.name)
	if err != nil {
		return err
	}
	w.serial++
	serial := fmt.Sprintf("%d-%06d", w.number, w.serial)
	inputs := map[string]string{"endpoint.region": "app", "interval": "90"}
	for name, value := range parts(serial) {
		inputs["part."+name] = value
	}
	k.pending, k.sent = append(k.pending, serial), append(k.sent, serial)
	result, err := who.press(form, "Save to Vault", inputs)
	var no refused
	if errors.As(err, &no) && denialForm.MatchString(no.words) {
		k.pending, k.refused = k.pending[:len(k.pending)-1], append(k.refused, serial)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	if text := result.text(); !strings.Contains(text, done) || !strings.Contains(text, "•"+serial[len(serial)-4:]) {
		return fmt.Errorf("%s: %w", verb, refused{text})
	}
	k.value, k.pending, k.acked = serial, nil, append(k.acked, serial)
	return nil
}

// read asks for a link, and opens it, leaves it, or withdraws it for another.
func (w *worker) read(who *person, k *key) error {
	l, card, err := w.reveal(who, k)
	if err != nil {
		return err
	}
	switch w.IntN(3) {
	case 0:
		return nil // it stays open over the kill
	case 1:
		l.state = linkMaybe
		again, err := who.press(card, "Reveal", nil)
		if err != nil {
			return fmt.Errorf("withdrawing: %w", err)
		}
		l.state = linkDead
		w.withdrawn++
		if l, err = w.keep(again, k, l.reason); err != nil {
			return err
		}
	}
	return w.open(who.process, l)
}

// reveal asks for a key and presses Reveal.
func (w *worker) reveal(who *person, k *key) (l *link, card shown, err error) {
	w.serial++
	reason := fmt.Sprintf("ticket %d-%d", w.number, w.serial)
	offer, err := who.say("get " + k.name + " " + reason)
	if err != nil {
		return nil, card, err
	}
	if card, err = who.press(offer, "Reveal", nil); err != nil {
		return nil, card, fmt.Errorf("get: %w", err)
	}
	l, err = w.keep(card, k, reason)
	return l, card, err
}

func (w *worker) keep(card shown, k *key, reason string) (*link, error) {
	l := &link{address: card.link(), of: k, reason: reason}
	if l.address == "" {
		return nil, fmt.Errorf("get: %w", refused{card.text()})
	}
	w.links = append(w.links, l)
	return l, nil
}

// open uses a link and takes the value for the key's own, whichever of those that may be it is.
func (w *worker) open(p *process, l *link) error {
	before := l.state
	l.state = linkMaybe
	got, err := p.open(l.address)
	if gone := errors.Is(err, errGone); gone || err == nil {
		l.state = linkDead
		switch {
		case gone && before == linkOpen:
			return fmt.Errorf("%w: a link to %s was gone before it was used", errWrong, l.of.name)
		case !gone && before == linkDead:
			return fmt.Errorf("%w: a link to %s gave its value twice, or after it was withdrawn", errWrong, l.of.name)
		case gone:
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("opening a link to %s: %w", l.of.name, err)
	}
	w.opened = append(w.opened, order{l.of.name, l.reason})
	return l.of.settle(got)
}

// settle compares what a page has shown with what was acknowledged, or was sent last.
func (k *key) settle(got map[string]string) error {
	serial, err := serialOf(got)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s holds %w", errWrong, k.name, err)
	case serial != k.value && !slices.Contains(k.pending, serial):
		return fmt.Errorf("%w: %s holds %s; %s was stored, %q was sent", errWrong, k.name, serial, k.value, k.pending)
	}
	k.value, k.pending = serial, nil
	return nil
}

// errWrong is what must never be.
var errWrong = errors.New("wrong")
