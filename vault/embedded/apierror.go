package embedded

import (
	"errors"
	"fmt"
	"net/http"
)

// apiError is an answer that is no success, in Azure's words where they are known. Messages name secrets,
// never values.
type apiError struct {
	status               int
	code, message, inner string
	header               [2]string // one more header, for 401 and 405
	cause                error     // of a fault of the file or the disk; for the log alone
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code    string       `json:"code"`
	Message string       `json:"message,omitempty"`
	Inner   *errorDetail `json:"innererror,omitempty"`
}

func (e *apiError) body() errorBody {
	b := errorBody{errorDetail{Code: e.code, Message: e.message}}
	if e.inner != "" {
		b.Error.Inner = &errorDetail{Code: e.inner}
	}
	return b
}

func badParameter(format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "BadParameter", message: fmt.Sprintf(format, args...)}
}

func notFound(what string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "SecretNotFound", message: fmt.Sprintf(
		"A secret with (name/id) %s was not found in this key vault. If you recently deleted this secret you "+
			"may be able to recover it using the correct recovery command.", what)}
}

func deletedNotFound(name string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "SecretNotFound",
		message: "Deleted Secret not found: " + name}
}

func recoverable(name string) *apiError {
	return &apiError{status: http.StatusConflict, code: "Conflict", inner: "ObjectIsDeletedButRecoverable",
		message: fmt.Sprintf("Secret %s is currently in a deleted but recoverable state, and its name cannot be "+
			"reused; in this state, the secret can only be recovered or purged.", name)}
}

func disabled() *apiError {
	return &apiError{status: http.StatusForbidden, code: "Forbidden", inner: "SecretDisabled",
		message: "Operation get is not allowed on a disabled secret."}
}

func purgeProtected() *apiError {
	return &apiError{status: http.StatusForbidden, code: "Forbidden", inner: "ForbiddenByPolicy",
		message: `Operation "purge" is not allowed because purge protection is enabled for this vault. Key ` +
			`Vault service will automatically purge it after the retention period has passed.`}
}

func notKept() *apiError {
	return &apiError{status: http.StatusNotImplemented, code: "NotSupported",
		message: "Backup and restore are not kept here. Copy the vault file and its key file instead."}
}

func tooLarge() *apiError {
	return &apiError{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge",
		message: fmt.Sprintf("The request body is over %d bytes.", maxBody)}
}

// answerFor makes an answer of any error. Faults of the file or the disk say no more than that.
func answerFor(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	if errors.Is(err, ErrDamaged) {
		return &apiError{status: http.StatusInternalServerError, code: "InternalServerError", cause: err,
			message: "The stored record is damaged."}
	}
	return &apiError{status: http.StatusServiceUnavailable, code: "ServiceUnavailable", cause: err,
		message: "The vault cannot be read or written now."}
}
