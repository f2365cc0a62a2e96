package web

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// readyz says whether the vault and the log can be used, without saying where they are.
func (p *pages) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	status := http.StatusOK
	if err := p.Ready(ctx); err != nil {
		p.Logger.Warn("not ready", "error", err)
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]bool{"ready": status == http.StatusOK})
}

// asset serves a page's style, script and icon, and nothing else of the folder.
func asset(files fs.FS) http.HandlerFunc {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".svg": "image/svg+xml"}
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		body, err := fs.ReadFile(files, name)
		kind, ok := kinds[path.Ext(name)]
		if err != nil || !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	}
}
