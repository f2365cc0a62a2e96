package catalog

import (
	"net/netip"
	"regexp"
	"strings"
)

// maxHost is the longest host name, in bytes (RFC 1035).
const maxHost = 253

var (
	hostLabel = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	// numberLabel is a last label by which some resolvers take the whole name for an IPv4 address: 127.1,
	// 0x7f000001 and 2130706433 all mean 127.0.0.1 to them.
	numberLabel = regexp.MustCompile(`^(?:[0-9]+|0x[0-9a-f]*)$`)
)

// plainHost says whether a host is a lower-case DNS name or a dotted IPv4 address, in the one form that every
// reader takes for the same machine. A name from another alphabet has to come in its xn-- form.
func plainHost(host string) bool {
	if host == "" || len(host) > maxHost {
		return false
	}
	last := ""
	for last = range strings.SplitSeq(host, ".") {
		if !hostLabel.MatchString(last) {
			return false
		}
	}
	if numberLabel.MatchString(last) {
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	return true
}
