package embedded

// without is a version as an answer, without its value.
func (c *call) without(h *head, r version) bundle {
	b := c.item(h, r)
	b.ID += "/" + r.id
	return b
}

func (c *call) withValue(h *head, r version) bundle {
	b := c.without(h, r)
	value := string(r.value)
	b.Value = &value
	return b
}

// gone is a deleted secret as an answer.
func (c *call) gone(h *head, r version) bundle {
	b := c.without(h, r)
	c.dates(&b, h)
	return b
}

func (c *call) dates(b *bundle, h *head) {
	b.RecoveryID = c.base + "/deletedsecrets/" + h.Name
	b.Deleted, b.Purge = h.Deleted, h.Purge
}

// item is a secret in a list: the id has no version.
func (c *call) item(h *head, r version) bundle {
	return bundle{ID: c.base + "/secrets/" + h.Name, ContentType: r.ContentType, Tags: r.Tags,
		Attributes: attributes{Enabled: r.Enabled, NotBefore: r.NotBefore, Expires: r.Expires,
			Created: r.Created, Updated: r.Updated,
			RecoveryLevel: c.v.cfg.recoveryLevel(), RecoverableDays: c.v.cfg.RetentionDays}}
}

// recoveryLevel in the words of azsecrets' constants.
func (c Config) recoveryLevel() string {
	level := "Recoverable"
	if c.RetentionDays < 90 {
		level = "CustomizedRecoverable"
	}
	if c.PurgeProtected {
		return level
	}
	return level + "+Purgeable"
}
