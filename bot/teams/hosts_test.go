package teams_test

import (
	"testing"

	"keydesk/bot/teams"
)

func TestHostsOfOtherClouds(t *testing.T) {
	own := teams.OnlyHosts([]string{"teams.contoso.com"})
	for _, tt := range []struct {
		host      string
		gov, only bool
	}{
		{"smba.infra.gov.teams.microsoft.us", true, false},
		{"SMBA.infra.DoD.teams.microsoft.us", true, false},
		{"x.smba.infra.gov.teams.microsoft.us", false, false},
		{"smba.trafficmanager.net", false, false},
		{"smba.infra.gov.teams.microsoft.us.contoso.com", false, false},
		{"Teams.contoso.com", false, true},
		{"x.teams.contoso.com", false, false},
		{"", false, false},
	} {
		if gov, only := teams.GovHost(tt.host), own(tt.host); gov != tt.gov || only != tt.only {
			t.Errorf("%q: gov %v, only %v", tt.host, gov, only)
		}
	}
}
