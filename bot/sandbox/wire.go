package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// show replaces what a message says.
func (m *message) show(next message) {
	m.Text, m.Plain, m.Summary, m.Card = next.Text, next.Plain, next.Summary, next.Card
	m.Answered = nil
	m.Edited = time.Now().UTC()
}

// erase leaves only that there was a message.
func (m *message) erase() {
	m.show(message{})
	m.Gone = true
}

// newID makes an id for what has no place in a chat: signals and invokes.
func newID() string { return "f:" + rand.Text() }

// readJSON decodes a request's body into v; on a fault it has answered.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	if !isJSON(r.Header.Get("Content-Type")) {
		fault(w, http.StatusUnsupportedMediaType, "BadSyntax", "application/json is needed.")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		fault(w, http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
		return false
	case err != nil:
		fault(w, http.StatusBadRequest, "BadSyntax", "The body could not be read.")
		return false
	case json.Unmarshal(body, v) != nil:
		// The decoder's own words may quote what was sent; they stay here.
		fault(w, http.StatusBadRequest, "BadSyntax", "The body is not the JSON that is needed.")
		return false
	}
	return true
}

// fault answers in the connector's error form.
func fault(w http.ResponseWriter, status int, code, text string) {
	answer(w, status, map[string]any{"error": map[string]string{"code": code, "message": text}})
}

func answer(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone
}
