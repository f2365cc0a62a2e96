package main

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"keydesk/bot/azure"
	"keydesk/vault/embedded"
)

// settingsError joins the faults that config.Load found.
type settingsError struct{ faults error }

func (e settingsError) Error() string { return e.faults.Error() }

// startError is why Keydesk did not come up.
type startError struct{ cause error }

func (e startError) Error() string { return e.cause.Error() }
func (e startError) Unwrap() error { return e.cause }

// hints is what to do about what people run into.
var hints = []struct {
	cause error
	hint  string
}{
	{syscall.EADDRINUSE, "Something listens there already, maybe another Keydesk. " +
		"Stop it, or set KEYDESK_LISTEN to a free address, for example 127.0.0.1:3979."},
	{embedded.ErrLocked, "One Keydesk at a time can use its data. Stop the other one, or set KEYDESK_DATA to " +
		"another folder."},
	{embedded.ErrWrongKey, "Start with the KEYDESK_MASTER_KEY or the key file that the data was made with. " +
		"Nothing was changed."},
	{embedded.ErrNoKey, "Put the key file back, or set KEYDESK_MASTER_KEY. Nothing was changed."},
	{embedded.ErrForeign, "Keydesk leaves the file alone. Set KEYDESK_DATA to another folder."},
	{embedded.ErrDamaged, "Keydesk leaves the file alone. Put a copy back, or set KEYDESK_DATA to another folder."},
	{fs.ErrPermission, "Give this user the right to it, or set KEYDESK_DATA to another folder."},
	{syscall.EROFS, "That folder is read-only. Set KEYDESK_DATA to a folder that can be written to."},
	{syscall.ENOSPC, "The disk is full. Make room, or set KEYDESK_DATA to a folder on another one. " +
		"Nothing stored is lost."},
	{syscall.EFBIG, "A limit on the size of files stands in the way (ulimit -f). Raise it."},
	{fs.ErrNotExist, "Check the path; the data's folder is KEYDESK_DATA (.keydesk where Keydesk was started)."},
}

// explain is the text about an error that ended a command.
func explain(err error) string {
	var b strings.Builder
	var settings settingsError
	var start startError
	switch {
	case errors.As(err, &settings):
		b.WriteString("Keydesk can't run with these settings:\n")
		for fault := range strings.SplitSeq(settings.Error(), "\n") {
			b.WriteString("  - " + fault + "\n")
		}
		return b.String()
	case errors.As(err, &start):
		b.WriteString("Keydesk did not start: ")
	default:
		b.WriteString("Keydesk: ")
	}
	b.WriteString(err.Error() + ".\n")
	if h := hint(err); h != "" {
		b.WriteString(h + "\n")
	}
	return b.String()
}

// hint is what to do about an error; "" where there is nothing to say.
func hint(err error) string {
	if advice := azure.Advice(err); advice != "" {
		return advice
	}
	for _, h := range hints {
		if errors.Is(err, h.cause) {
			return h.hint
		}
	}
	return ""
}
