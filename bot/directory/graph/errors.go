package graph

import (
	"errors"
	"fmt"
	"net/http"
)

var (
	// ErrBadConfig: the configuration cannot be used; the error lists every fault.
	ErrBadConfig = errors.New("the settings for Microsoft Graph are not right")
	// ErrUnavailable: Graph gave no answer, or none that can be used.
	ErrUnavailable = errors.New("there is no answer of Microsoft Graph that can be used")
	// ErrThrottled: Graph wants to be left alone for longer than there is time.
	ErrThrottled = errors.New("too many questions for Microsoft Graph")
	// ErrForbidden: the application lacks a permission.
	ErrForbidden = errors.New("a permission for Microsoft Graph is missing")
	// ErrToken: there is no token, or Graph does not take it.
	ErrToken = errors.New("there is no token that Microsoft Graph takes")
	// ErrNoGroup: Graph does not know a group. It is only found in a [Fault].
	ErrNoGroup = errors.New("the group is not known to Microsoft Graph")
	// ErrHidden: a group hides its members. It is only found in a [Fault].
	ErrHidden = errors.New("the group hides its members")

	// errUnknown: an id in the question is of nothing that exists (404).
	errUnknown = errors.New("an id is not known to Microsoft Graph")
	// errRefused: Graph does not like the question (400), such as an id that is none.
	errRefused = errors.New("the question is not taken by Microsoft Graph")
)

// failure is a call without an answer. It says what it means for us; the cause, whose words may name ids and
// places, is wrapped but not printed.
type failure struct {
	what   error
	status int // of the answer; 0 where there was none
	cause  error
	again  bool // asking again may help
}

// Error implements error.
func (f *failure) Error() string {
	if f.status == 0 {
		return f.what.Error()
	}
	return fmt.Sprintf("%v (status %d)", f.what, f.status)
}

// Unwrap gives the meaning and the cause.
func (f *failure) Unwrap() []error {
	if f.cause == nil {
		return []error{f.what}
	}
	return []error{f.what, f.cause}
}

// unusable is an answer that came but says nothing.
func unusable(cause error) error { return &failure{what: ErrUnavailable, cause: cause} }

// refusal is what an answer that is not 200 means. code is Graph's own; it is empty when the answer was not
// Graph's.
func refusal(status int, code string) *failure {
	f := &failure{what: ErrUnavailable, status: status}
	switch {
	case status == http.StatusUnauthorized:
		f.what = ErrToken
	case status == http.StatusForbidden:
		f.what = ErrForbidden
	case status == http.StatusTooManyRequests:
		f.what, f.again = ErrThrottled, true
	case status >= http.StatusInternalServerError:
		f.again = true
	case status == http.StatusNotFound && (code == "Request_ResourceNotFound" || code == "ResourceNotFound"):
		f.what = errUnknown
	case status == http.StatusBadRequest && code == "Request_BadRequest":
		f.what = errRefused
	}
	return f
}

// outcome is the error of a call in our words.
func outcome(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return unusable(err)
}
