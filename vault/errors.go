package vault

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// What a call can end in. Compare with errors.Is; the texts name no id, place or value.
var (
	// ErrNotFound: no secret (or no such version) of this name.
	ErrNotFound = errors.New("not in the vault")
	// ErrExists: Keydesk already keeps a key of this name.
	ErrExists = errors.New("already in the vault")
	// ErrForeign: the name belongs to another application's secret (not our content type).
	ErrForeign = errors.New("the name belongs to another application's secret")
	// ErrDeleted: the name is deleted but recoverable (Key Vault answers 409 until it is purged).
	ErrDeleted = errors.New("deleted, and can be recovered")
	// ErrDisabled: an administrator switched the current version off.
	ErrDisabled = errors.New("switched off in the vault")
	// ErrMoved: somebody else changed the key since the form was opened. Nothing was written.
	ErrMoved = errors.New("changed by somebody else meanwhile")
	// ErrSuperseded: the change was stored, but another process's came right after it and is current
	// now; ours is an older version. It is an ErrUnclear too: asked again with the same operation
	// id, the method gives the version that it made.
	ErrSuperseded error = alsoUnclear{errors.New("stored, and changed by somebody else right after")}
	// ErrTogether: the change was stored and is current, but another process stored the same new key at the same
	// moment; its value is an older version now.
	ErrTogether = errors.New("stored, together with somebody else")
	// ErrGone: the link or ticket is claimed, withdrawn, past its end, or never was.
	ErrGone = errors.New("no longer there")
	// ErrUnclear: nobody can know whether the call took effect. A claim that ends so is burnt.
	ErrUnclear = errors.New("it cannot be known whether it took effect")
	// ErrForbidden: the vault refuses us (401, 403, or no token to be had).
	ErrForbidden = errors.New("the vault refuses access")
	// ErrThrottled: too many calls (429), also after the retries.
	ErrThrottled = errors.New("the vault is asked too often")
	// ErrUnavailable: 5xx, a time-out or no answer at all; nothing took effect.
	ErrUnavailable = errors.New("the vault does not answer")
	// ErrProtected: purge protection keeps what is deleted until its time is over.
	ErrProtected = errors.New("protected against purging")
	// ErrWasSecret: a part that was a secret would become public.
	ErrWasSecret = errors.New("a secret part would become public")
	// ErrTooBig: the encoded value is over 16 KB.
	ErrTooBig = errors.New("the value is too big")
	// ErrBadValue: a part is missing, empty, unknown or not text, or a tag does not fit.
	ErrBadValue = errors.New("the value is not complete")
)

type alsoUnclear struct{ error }

func (alsoUnclear) Is(target error) bool { return target == ErrUnclear }

// Error is a failed call to Key Vault. Its text is its Kind's; what a log may know beyond that
// is in Status and Code. Key Vault's own message is dropped here, since it holds object ids, the
// vault's place and the secret's name.
type Error struct {
	Kind   error  // one of the sentinels above
	Status int    // HTTP status; 0 when there was no answer
	Code   string // Key Vault's error codes ("Forbidden/ForbiddenByRbac"), or what went wrong without an answer

	over    error  // context.Canceled or DeadlineExceeded, when that was it
	reason  Reason // why there is no token, when the credential says so
	settled bool   // the vault surely did nothing
}

// Reason is a credential's error whose text names no id, place or value; an Error keeps it.
type Reason interface {
	error
	// Passing says that it may be over by itself, so that the vault counts as unavailable, not as refusing.
	Passing() bool
}

// Error is the text of the kind.
func (e *Error) Error() string { return e.Kind.Error() }

// Unwrap gives the kind, and the context's error where that ended the call, or why there was no token.
func (e *Error) Unwrap() []error {
	switch {
	case e.over != nil:
		return []error{e.Kind, e.over}
	case e.reason != nil:
		return []error{e.Kind, e.reason}
	}
	return []error{e.Kind}
}

// LogValue is what a log may know: kind, status, code, and why there was no token.
func (e *Error) LogValue() slog.Value {
	known := []slog.Attr{slog.String("kind", e.Kind.Error()), slog.Int("status", e.Status),
		slog.String("code", e.Code)}
	if e.reason != nil {
		known = append(known, slog.String("reason", e.reason.Error()))
	}
	return slog.GroupValue(known...)
}

// Cause is the log attribute for any error of this package, found through wrapping.
func Cause(err error) slog.Attr {
	if e, ok := errors.AsType[*Error](err); ok {
		return slog.Any("cause", e)
	}
	return slog.Any("cause", err)
}

// fault turns whatever the client returned into an *Error.
func fault(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if re, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return answered(re)
	}
	return unanswered(err)
}

// answered maps a status. Sources: Key Vault's REST error codes and common-error-codes pages.
func answered(re *azcore.ResponseError) *Error {
	inner := innerCode(re)
	e := &Error{Kind: ErrUnavailable, Status: re.StatusCode, Code: codes(re.ErrorCode, inner), settled: true}
	switch re.StatusCode {
	case http.StatusUnauthorized:
		e.Kind = ErrForbidden
	case http.StatusForbidden:
		e.Kind = ErrForbidden
		if inner == "SecretDisabled" {
			e.Kind = ErrDisabled
		}
	case http.StatusNotFound:
		e.Kind = ErrNotFound
	case http.StatusConflict:
		// Other conflicts (being recovered, several operations at once) pass by themselves.
		if inner == "ObjectIsDeletedButRecoverable" || inner == "ObjectIsBeingDeleted" {
			e.Kind = ErrDeleted
		}
	case http.StatusBadRequest:
		e.Kind = ErrBadValue
	case http.StatusRequestEntityTooLarge:
		e.Kind = ErrTooBig
	case http.StatusTooManyRequests:
		e.Kind = ErrThrottled
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.settled = false
	}
	if re.StatusCode < 400 || re.StatusCode > 504 {
		e.settled = false
	}
	return e
}

// unanswered maps what happened when no HTTP answer was read.
func unanswered(err error) *Error {
	e := &Error{Kind: ErrUnavailable, Code: "no-answer"}
	if reason, ok := errors.AsType[Reason](err); ok {
		e.Code, e.reason, e.settled = "no-token", reason, true
		if !reason.Passing() {
			e.Kind = ErrForbidden
		}
		return e
	}
	switch {
	case errors.Is(err, context.Canceled):
		e.Code, e.over = "cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Code, e.over = "time-out", context.DeadlineExceeded
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		e.Code, e.settled = "not-connected", true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		e.Code, e.settled = "name-not-resolved", true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Code, e.settled = "certificate", true
	}
	// azcore marks what failed before the authorised request was sent: no token, a challenge
	// that is not the vault's.
	_, left := errors.AsType[sent](err)
	if _, ok := errors.AsType[nonRetriable](err); ok && e.over == nil && !left {
		e.settled = true
		if e.Code == "no-answer" {
			e.Kind, e.Code = ErrForbidden, "no-token"
		}
	}
	return e
}

type nonRetriable interface {
	error
	NonRetriable()
}

// codeRE keeps a code a code: Azure's are plain words.
var codeRE = regexp.MustCompile(`^[A-Za-z]{1,64}$`)

func codes(all ...string) string {
	var kept []string
	for _, c := range all {
		if codeRE.MatchString(c) {
			kept = append(kept, c)
		}
	}
	return strings.Join(kept, "/")
}

// innerCode reads error.innererror.code, where Key Vault says which 403 or 409 it is.
func innerCode(re *azcore.ResponseError) string {
	if re.RawResponse == nil || re.RawResponse.Body == nil {
		return ""
	}
	body, err := runtime.Payload(re.RawResponse)
	if err != nil {
		return ""
	}
	var b struct {
		Error struct {
			Inner struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	return b.Error.Inner.Code
}
