package vault_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Words that only Key Vault's messages have.
const azureText = "Caller: appid=11111111-2222-3333-4444-555555555555; " +
	"Vault: contoso-keys;location=westeurope"

func status(code int, inner string, header ...string) trouble {
	return func(_ *wire, r *http.Request) (*http.Response, error) {
		body := `{"error":{"code":"` + http.StatusText(code) + `","message":"` + azureText +
			`","innererror":{"code":"` + inner + `"}}}`
		resp := &http.Response{
			StatusCode: code, Status: http.StatusText(code), Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp, nil
	}
}

// hangs answers nothing and does nothing until the caller gives up.
func hangs(_ *wire, r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

var errCut = errors.New("connection to https://contoso-keys.vault.azure.net/secrets/ninjaone cut")

// cutBefore loses the request.
func cutBefore(*wire, *http.Request) (*http.Response, error) { return nil, errCut }

// cutAfter loses the answer: the vault has done it.
func cutAfter(w *wire, r *http.Request) (*http.Response, error) {
	if resp, err := w.vault.Do(r); err == nil {
		_ = resp.Body.Close()
	}
	return nil, errCut
}

// cutBody loses the answer after its head.
func cutBody(w *wire, r *http.Request) (*http.Response, error) {
	resp, err := w.vault.Do(r)
	if err == nil {
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"value`), failing{}))
	}
	return resp, err
}

// keep reads an answer's body and leaves it there.
func keep(t testing.TB, resp *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	replay(resp, body)
	return body
}

func replay(resp *http.Response, body []byte) {
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }
