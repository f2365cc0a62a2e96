package bottest

import "strconv"

// onePage is how many members a page has: few, so that tests see several.
const onePage = 2

// Roster sets who is in every conversation, as the connector writes members.
func (c *Connector) Roster(members ...map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roster = members
}

// page is the part of the roster behind a continuation token.
func (c *Connector) page(token string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	from, _ := strconv.Atoi(token)
	from = min(max(0, from), len(c.roster))
	to := min(from+onePage, len(c.roster))
	page := map[string]any{"members": append([]map[string]any{}, c.roster[from:to]...)}
	if to < len(c.roster) {
		page["continuationToken"] = strconv.Itoa(to)
	}
	return page
}
