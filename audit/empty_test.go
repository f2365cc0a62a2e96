package audit_test

import (
	"strings"
	"testing"

	"keydesk/audit"
)

// An empty file is no log that holds: something took the log out of it.
func TestVerifyNothing(t *testing.T) {
	for _, s := range []string{"", "\n", " "} {
		r, err := audit.VerifyReader(strings.NewReader(s), audit.VerifyOptions{})
		if err != nil || r.OK() {
			t.Errorf("%q: %v %v, want a fault", s, r.Faults, err)
		}
	}
}
