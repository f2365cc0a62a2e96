package embedded

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// reply is a finished answer. err is set when the request's context ended first: then nobody listens.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// ServeHTTP answers one call of Key Vault's secrets API.
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := v.answer(r)
	for k, values := range a.header {
		w.Header()[k] = values
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(a.body) // a client that has gone is no fault of the vault
	}
}

// Do answers a client's request in this process, without network: the Transport of an azsecrets client. As
// with a network, an ended context is an error; a write that has begun by then may still have its effect.
func (v *Vault) Do(req *http.Request) (*http.Response, error) {
	r := req.Clone(req.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	a := v.answer(r)
	if a.err != nil {
		return nil, a.err
	}
	if r.Method == http.MethodHead {
		a.body = nil
	}
	return &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        a.header,
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       req,
	}, nil
}

func (v *Vault) answer(r *http.Request) reply {
	status, body, err := v.handle(r)
	a := reply{status: status, header: http.Header{}}
	if ended := r.Context().Err(); ended != nil && errors.Is(err, ended) {
		a.err = ended
	}
	if err != nil {
		e := answerFor(err)
		if e.cause != nil && a.err == nil {
			v.cfg.Logger.Error("the vault's file could not be read or written", "error", e.cause)
		}
		a.status, body = e.status, e.body()
		if e.header[0] != "" {
			a.header.Set(e.header[0], e.header[1])
		}
	}
	a.header.Set("Cache-Control", "no-cache")
	a.header.Set("Pragma", "no-cache")
	a.header.Set("X-Content-Type-Options", "nosniff")
	a.header.Set("X-Ms-Request-Id", rand.Text())
	if body == nil {
		return a
	}
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	if a.body, err = json.Marshal(body); err != nil {
		a.status, a.body = http.StatusInternalServerError, []byte(`{"error":{"code":"InternalServerError"}}`)
	}
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	return a
}

// handle checks who asks and what, then runs the call. The order is Azure's: token, version, address.
func (v *Vault) handle(r *http.Request) (status int, body any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &apiError{status: http.StatusInternalServerError, code: "InternalServerError",
				message: "The request could not be handled."}
		}
	}()
	if !v.authorized(r) {
		return 0, nil, v.challenge(r)
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return 0, nil, badParameter("The query cannot be read.")
	}
	if err := checkAPIVersion(q.Get("api-version")); err != nil {
		return 0, nil, err
	}
	return v.route(&call{v: v, ctx: r.Context(), base: v.base(r)}, r, q)
}

// challenge tells a client where to get a token. azsecrets sends its first call without one, and reads the
// tenant and the resource from here.
func (v *Vault) challenge(r *http.Request) *apiError {
	message := "AKV10000: Request is missing a Bearer or PoP token."
	if r.Header.Get("Authorization") != "" {
		message = "AKV10001: The token is not accepted by this vault."
	}
	return &apiError{status: http.StatusUnauthorized, code: "Unauthorized", message: message,
		header: [2]string{"WWW-Authenticate", fmt.Sprintf(
			`Bearer authorization="https://login.microsoftonline.com/%s", resource="https://vault.azure.net"`,
			v.cfg.Tenant)}}
}

func (v *Vault) base(r *http.Request) string {
	switch {
	case v.cfg.URL != "":
		return v.cfg.URL
	case r.TLS == nil && r.URL.Scheme != "https":
		return "http://" + r.Host
	}
	return "https://" + r.Host
}

// segments splits the path before it is unescaped, so that %2F is part of a name and not a separator.
func segments(u *url.URL) ([]string, error) {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil {
			return nil, badParameter("The request URI cannot be read.")
		}
		parts[i] = plain
	}
	return parts, nil
}
