package bottest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// aadsts is an error of the token endpoint in Entra's form
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func aadsts(status int, kind string, code int, what string) (int, any) {
	trace, at := newID(), time.Now().UTC()
	return status, map[string]any{"error": kind, "error_codes": []int{code}, "trace_id": trace,
		"correlation_id": trace, "timestamp": at.Format("2006-01-02 15:04:05Z"),
		"error_uri": "https://login.microsoftonline.com/error?code=" + strconv.Itoa(code),
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", code, what,
			trace, trace, at.Format("2006-01-02 15:04:05Z"))}
}

func noTenant(tenant string) (int, any) {
	return aadsts(http.StatusBadRequest, "invalid_request", 90002, "Tenant '"+tenant+"' not found. Check to make "+
		"sure you have the correct tenant ID and are signing into the correct cloud.")
}
