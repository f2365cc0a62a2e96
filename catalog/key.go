package catalog

import "time"

// Key is what is known of a stored key without its value; there is no field for one.
type Key struct {
	Name         KeyName
	Endpoint     map[string]string // values of the vendor's placeholders
	Preview      string
	IntervalDays int
	Expiry       Date
	Rotated      time.Time
	RotatedBy    Person
	Owner        Person
	Roles        Roles  // own access list; zero: the category's default
	Note         string // at most 256 characters
	Op           string // operation id of the last change
	Made         string // operation id of the change that stored this value
	Version      string // 32 hex digits
	Created      time.Time
	Updated      time.Time
	Enabled      bool
}
