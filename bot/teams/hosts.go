package teams

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// TeamsHost says whether a host belongs to Teams in the public cloud or GCC. trafficmanager.net is shared by
// all of Azure, so one name of it counts and no other.
func TeamsHost(host string) bool {
	host = strings.ToLower(host)
	switch host {
	case "smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com":
		return true
	}
	return strings.HasSuffix(host, ".botframework.com") || strings.HasSuffix(host, ".teams.microsoft.com")
}

// GovHost says whether a host belongs to Teams in GCC High or DoD (learn.microsoft.com, send proactive messages).
func GovHost(host string) bool {
	host = strings.ToLower(host)
	return host == "smba.infra.gov.teams.microsoft.us" || host == "smba.infra.dod.teams.microsoft.us"
}

// OnlyHosts is a rule that knows some hosts by name, in lower case, and no other.
func OnlyHosts(names []string) func(host string) bool {
	return func(host string) bool { return slices.Contains(names, strings.ToLower(host)) }
}

// serviceURL checks a service URL, which is where our token would go, and returns it without a slash at its
// end. It must be https on the default port of a host that counts, with nothing but a path behind it; this
// machine may have any port, and with plain also http. ErrHost.
func serviceURL(service string, hosts func(host string) bool, plain bool) (string, error) {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", fmt.Errorf("%w: not a plain address", ErrHost)
	}
	host := u.Hostname()
	local := loopback(host)
	switch {
	case !hosts(host):
		return "", ErrHost
	case u.Scheme != "https" && !(plain && local && u.Scheme == "http"):
		return "", fmt.Errorf("%w: not https", ErrHost)
	case !local && u.Port() != "" && u.Port() != "443":
		return "", fmt.Errorf("%w: another port", ErrHost)
	}
	return strings.TrimRight(service, "/#"), nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
