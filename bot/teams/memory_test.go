package teams_test

import (
	"testing"
	"time"

	"keydesk/bot/teams"
)

func TestWhatIsRememberedIsBounded(t *testing.T) {
	for _, tt := range []struct{ n, size, runs int }{{100, 28 << 10, 100}, {30_000, 10, 20_000},
		{5000, 28 << 10, 585}} {
		runs, bytes := teams.Remembered(tt.n, tt.size)
		if runs != tt.runs || bytes != runs*tt.size || bytes > 16<<20 {
			t.Errorf("%d of %d bytes: %d remembered, with %d bytes", tt.n, tt.size, runs, bytes)
		}
	}
	if got := teams.Chats(100_000, time.Second); got > 20_000 {
		t.Error(got, "chats are kept, 3,600 of which had a call within the hour")
	}
	if got := teams.Chats(30_000, time.Millisecond); got != 30_000 {
		t.Error("a chat with a call within the hour was forgotten:", got)
	}
}
