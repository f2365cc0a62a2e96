package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	khttp "github.com/microsoft/kiota-http-go"
)

const (
	// MaxAnswer bounds an answer, in bytes. 999 people take about 100 KB.
	MaxAnswer = 2 << 20
	// maxTries bounds how often one question is put.
	maxTries = 5
)

// errTooLarge: an answer is over MaxAnswer.
var errTooLarge = errors.New("the answer is too large")

// pipeline is the whole middleware between the SDK and the network: it lets nothing through but a 200 that
// was read to its end. Everything else becomes a *failure, so the SDK never reads an error, a redirect or a
// challenge.
type pipeline struct{}

// Intercept implements khttp.Middleware.
func (pipeline) Intercept(p khttp.Pipeline, next int, r *http.Request) (*http.Response, error) {
	body, err := content(r)
	if err != nil {
		return nil, unusable(err)
	}
	for try := 1; ; try++ {
		res, after, failed := once(p, next, r, body, try)
		if failed == nil {
			return res, nil
		}
		if !failed.again || try == maxTries || !pause(r.Context(), try, after) {
			return nil, failed
		}
	}
}

func content(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

// once puts the question once. after is what Retry-After says of a failure.
func once(p khttp.Pipeline, next int, r *http.Request, body []byte, try int) (*http.Response, time.Duration,
	*failure) {
	ctx, cancel := share(r.Context(), try)
	defer cancel()
	req := r.Clone(ctx)
	if len(body) > 0 { // the SDK gives no length
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	res, err := p.Next(req, next)
	if err != nil {
		return nil, 0, &failure{what: ErrUnavailable, cause: err, again: true}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, MaxAnswer+1))
	switch {
	case res.StatusCode != http.StatusOK:
		return nil, retryAfter(res.Header.Get("Retry-After")), refusal(res.StatusCode, code(data))
	case err != nil:
		return nil, 0, &failure{what: ErrUnavailable, cause: err, again: true}
	case len(data) > MaxAnswer:
		return nil, 0, &failure{what: ErrUnavailable, cause: errTooLarge}
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return res, 0, nil
}

// share gives the first try half of the time that is left.
func share(ctx context.Context, try int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || try > 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

// code is Graph's word for an error; "" where the answer is not one of Graph's.
func code(data []byte) string {
	var answer struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(data, &answer) != nil {
		return ""
	}
	return answer.Error.Code
}

// retryAfter reads seconds or a date; 0 where there is neither, a day at most.
func retryAfter(s string) time.Duration {
	const most = 24 * time.Hour
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(min(max(0, n), int(most/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(0, time.Until(t)), most)
	}
	return 0
}

// pause waits as long as Graph said, else longer each time. It says whether there is time for another try,
// and does not wait where there is none.
func pause(ctx context.Context, try int, after time.Duration) bool {
	if after == 0 {
		after = time.Duration(1<<(try-1)) * 150 * time.Millisecond
		after += rand.N(after)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= after {
		return false
	}
	t := time.NewTimer(after)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
