package embedded

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// action is what a method does on an address.
type action func(c *call, r *http.Request, q url.Values) (status int, body any, err error)

// route finds the address first and the method second, so that a wrong method is 405 and not 404.
func (v *Vault) route(c *call, r *http.Request, q url.Values) (int, any, error) {
	parts, err := segments(r.URL)
	if err != nil {
		return 0, nil, err
	}
	actions := find(c, parts)
	if actions == nil {
		return 0, nil, &apiError{status: http.StatusNotFound, code: "NotFound",
			message: "There is nothing at this address."}
	}
	act := actions[r.Method]
	if act == nil {
		allowed := make([]string, 0, len(actions))
		for m := range actions {
			allowed = append(allowed, m)
		}
		slices.Sort(allowed)
		return 0, nil, &apiError{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed",
			message: "The method is not allowed at this address.",
			header:  [2]string{"Allow", strings.Join(allowed, ", ")}}
	}
	if len(parts) > 1 {
		if err := checkName(c.name); err != nil {
			return 0, nil, err
		}
	}
	if c.version != "" && !versionForm.MatchString(c.version) {
		return 0, nil, badParameter("The request URI contains an invalid version: %s", short(c.version))
	}
	return act(c, r, q)
}

// find gives the actions of an address and notes its name and version. Fixed words are case-insensitive.
func find(c *call, parts []string) map[string]action {
	is := func(i int, word string) bool { return strings.EqualFold(parts[i], word) }
	if len(parts) > 1 {
		c.name = parts[1]
	}
	switch {
	case is(0, "secrets") && len(parts) == 1:
		return map[string]action{http.MethodGet: paged((*call).listSecrets)}
	case is(0, "deletedsecrets") && len(parts) == 1:
		return map[string]action{http.MethodGet: paged((*call).listDeleted)}
	case is(0, "secrets") && len(parts) == 2:
		return secretActions(is(1, "restore"))
	case is(0, "deletedsecrets") && len(parts) == 2:
		return map[string]action{http.MethodGet: plain((*call).getDeleted), http.MethodDelete: purge}
	case is(0, "deletedsecrets") && len(parts) == 3 && is(2, "recover"):
		return map[string]action{http.MethodPost: plain((*call).recover)}
	case is(0, "secrets") && len(parts) == 3 && is(2, "versions"):
		return map[string]action{http.MethodGet: paged((*call).listVersions)}
	case is(0, "secrets") && len(parts) == 3 && is(2, "backup"):
		return map[string]action{http.MethodPost: refuseBackup}
	case is(0, "secrets") && len(parts) == 3:
		c.version = strings.ToLower(parts[2])
		return map[string]action{http.MethodGet: get, http.MethodPatch: withBody((*call).patch)}
	}
	return nil
}

func secretActions(restore bool) map[string]action {
	m := map[string]action{
		http.MethodGet:    get,
		http.MethodPut:    withBody((*call).set),
		http.MethodPatch:  withBody((*call).patch), // of the current version
		http.MethodDelete: plain((*call).delete),
	}
	if restore {
		m[http.MethodPost] = refuseBackup
	}
	return m
}

func plain(do func(*call) (bundle, error)) action {
	return func(c *call, _ *http.Request, _ url.Values) (int, any, error) {
		b, err := do(c)
		return http.StatusOK, b, err
	}
}

func withBody(do func(*call) (bundle, error)) action {
	return func(c *call, r *http.Request, _ url.Values) (_ int, _ any, err error) {
		if c.change, err = readChange(r); err != nil {
			return 0, nil, err
		}
		b, err := do(c)
		return http.StatusOK, b, err
	}
}

func paged(do func(*call, paging) (page, error)) action {
	return func(c *call, r *http.Request, q url.Values) (int, any, error) {
		p, err := readPaging(r.URL.EscapedPath(), q)
		if err != nil {
			return 0, nil, err
		}
		out, err := do(c, p)
		return http.StatusOK, out, err
	}
}

// get refuses formats that are made from certificates only when they are no formats at all.
func get(c *call, _ *http.Request, q url.Values) (int, any, error) {
	switch q.Get("outContentType") {
	case "", "application/x-pem-file", "application/x-pkcs12":
	default:
		return 0, nil, badParameter("The outContentType is not supported.")
	}
	b, err := c.get()
	return http.StatusOK, b, err
}

func purge(c *call, _ *http.Request, _ url.Values) (int, any, error) {
	_, err := c.purge()
	return http.StatusNoContent, nil, err
}

func refuseBackup(*call, *http.Request, url.Values) (int, any, error) {
	return 0, nil, notKept()
}
