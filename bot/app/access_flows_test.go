package app_test

import "strings"

// accessFlows change who may retrieve a key.
var accessFlows = []gridFlow{
	{name: "grant", action: "grant", done: "NOC may retrieve meraki now", prepare: (*stage).have,
		act:  func(s *stage) string { return s.ask("grant NOC meraki") },
		over: []string{"as you want it already"}, effect: []string{"meraki roles=Admin,L2,NOC"}},
	{name: "revoke", action: "revoke", done: "L2 may not retrieve meraki any more", prepare: (*stage).have,
		act:  func(s *stage) string { return s.ask("revoke meraki L2") },
		over: []string{"as you want it already"}, effect: []string{"meraki roles=Admin"}},
	{name: "access of a key", action: "revoke", done: "meraki goes by the default",
		prepare: func(s *stage) { s.have(); s.ask("grant NOC meraki"); s.later(1e9); s.say("access meraki") },
		act:     func(s *stage) string { return said(s.press("Back to the default")) },
		over:    []string{"as you want it already"}, effect: []string{"meraki roles gone"}},
	{name: "access of a role", action: "revoke", ends: 2, halves: true, rows: true, done: "✓ Saved",
		prepare: func(s *stage) {
			s.have()
			s.say("add meraki/b")
			s.press("Save to Vault", "part.api_key", secondKey, "interval", "90")
			s.later(1e9)
			s.say("access L2")
		}, act: switchBoth, effect: []string{"meraki roles=Admin", "meraki--b roles=Admin"}},
}

// switchBoth takes two keys away from a role by its card. What is told of each key is true of it.
func switchBoth(s *stage) string {
	told := said(s.press("Save", "access.meraki", "off", "access.meraki/b", "off"))
	now := s.held()
	for secret, key := range map[string]string{"meraki": "meraki", "meraki--b": "meraki/b"} {
		gone := now[secret]["roles"] == "Admin"
		switch yes := "L2 may not retrieve " + key + " any more"; {
		case strings.Contains(told, yes) && !gone:
			s.t.Errorf("%s was told to be revoked, and is not: %s", key, brief(told))
		case gone && strings.Contains(told, `"`+key+": ") && !says(told, append(doubts, made)):
			s.t.Errorf("%s is revoked, and this was told: %s", key, brief(told))
		}
	}
	return told
}
