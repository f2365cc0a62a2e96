package bottest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IdentityURL is the address for IDENTITY_ENDPOINT, as App Service sets it.
func (e *Entra) IdentityURL() string { return e.origin + "/msi/token" }

// identity is where the code of an Azure resource gets tokens for its managed identity: of App Service, which
// asks for a header that only the app knows, or of a virtual machine (IMDS), which asks for Metadata: true
// (learn.microsoft.com/azure/app-service/overview-managed-identity, .../entra/identity/
// managed-identities-azure-resources/how-to-use-vm-token).
func (e *Entra) identity(r *http.Request) (int, any) {
	q := r.URL.Query()
	imds := strings.HasPrefix(r.URL.Path, "/metadata/")
	if imds && (r.Header.Get("Metadata") != "true" || r.Header.Get("X-Forwarded-For") != "") {
		return http.StatusBadRequest, map[string]any{"error": "invalid_request",
			"error_description": "Required metadata header not specified"}
	}
	app, ok := e.identityOf(q.Get("client_id"), r.Header.Get("X-IDENTITY-HEADER"), imds)
	if !ok {
		return http.StatusBadRequest, map[string]any{"error": "invalid_request",
			"error_description": "Identity not found", "statusCode": http.StatusBadRequest,
			"message": "No managed identity found for this client id."}
	}
	token, life := e.appToken(app.Tenant, app.ID, q.Get("resource"))
	seconds := strconv.Itoa(int(life.Seconds()))
	return http.StatusOK, map[string]any{"access_token": token, "client_id": app.ID, "resource": q.Get("resource"),
		"token_type": "Bearer", "expires_in": seconds,
		"expires_on": strconv.FormatInt(time.Now().Add(life).Unix(), 10)}
}

// identityOf finds the identity that is asked for; without a client id the only one there is.
func (e *Entra) identityOf(id, header string, imds bool) (app EntraApp, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.apps {
		if a.Header == "" || !imds && a.Header != header || id != "" && a.ID != id {
			continue
		}
		if ok {
			return EntraApp{}, false
		}
		app, ok = a, true
	}
	return app, ok
}
