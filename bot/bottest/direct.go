package bottest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
)

// Direct carries requests to a handler in the same goroutine's process, without a network. An answer that the
// handler aborts is an error, as it is over a network; so is one that the request's context does not wait
// for.
func Direct(h http.Handler) http.RoundTripper { return direct{h} }

type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		defer close(done)
		done <- d.serve(r)
	}()
	select {
	case res := <-done:
		if res == nil {
			return nil, io.ErrUnexpectedEOF
		}
		return res, nil
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

// serve answers one request; nil when the handler aborted it.
func (d direct) serve(r *http.Request) (res *http.Response) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, in)
	return w.Result()
}
