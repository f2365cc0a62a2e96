package teams

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"keydesk/bot/desk"
)

// repeatable says whether a call may be made again without doing twice what it does.
func repeatable(method string, status int, err error) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusPreconditionFailed:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return method != http.MethodPost
	}
	return status == 0 && method != http.MethodPost && !errors.Is(err, errToken) &&
		!errors.Is(err, context.Canceled)
}

// failure says what is known: a POST without an answer, or with a 5xx, may have been delivered.
func failure(method string, status int, err error) error {
	switch {
	case errors.Is(err, errToken):
		return fmt.Errorf("%w: %w", ErrNotSent, errToken)
	case status == http.StatusNotFound && (method == http.MethodPost || method == http.MethodGet):
		return because(errNowhere, status, err)
	case method == http.MethodPost && (status == 0 && !undialled(err) || status >= 500):
		return because(ErrUnknownDelivery, status, err)
	}
	return because(ErrNotSent, status, err)
}

// errNowhere: the chat or channel of a new message, or of a list of members, is not there (any more).
var errNowhere = fmt.Errorf("%w: %w", ErrNotSent, desk.ErrUnreachable)

// because adds what the log needs to know. The address of the call is left out: it names a chat.
func because(what error, status int, err error) error {
	if err == nil {
		return fmt.Errorf("%w (status %d)", what, status)
	}
	if call, ok := errors.AsType[*url.Error](err); ok {
		err = call.Err
	}
	return fmt.Errorf("%w: %w", what, err)
}

// undialled says that no connection came about, so nothing of the request has left.
func undialled(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// retryAfter reads seconds or a date; 0 where there is neither, a day at most.
func retryAfter(s string) time.Duration {
	const most = 24 * time.Hour
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 {
		return time.Duration(min(n, most.Seconds()) * float64(time.Second))
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(0, time.Until(t)), most)
	}
	return 0
}

// pause waits as long as Teams said, else longer each time, with jitter so that chats don't come back
// together.
func pause(ctx context.Context, try int, after time.Duration) error {
	if after == 0 {
		after = time.Duration(1<<(try-1)) * 250 * time.Millisecond
		after += rand.N(after)
	}
	t := time.NewTimer(after)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
