package desk

import (
	"time"

	"keydesk/catalog"
	"keydesk/vault"
)

// IntakeInfo is what the page of an intake link may show before anything was entered.
type IntakeInfo struct {
	Kind         string // "add", "rotate" or "import"
	Key          string // "" for an import
	Vendor       string // the vendor's name
	Portal       string // where in the vendor's portal a key is made
	Hint         string // the value's format, "" when none is known
	AskLabel     bool   // an added key has no label yet
	AskReason    bool   // an admin decides about it, and reads why
	Parts        []IntakePart
	Endpoint     string // with its {placeholders}
	Placeholders []catalog.Placeholder
	Values       map[string]string // of placeholders, as they are
	IntervalDays int
	Expiry       string // YYYY-MM-DD or ""
	Note         string
	Until        time.Time
	Holder       catalog.Person
}

// IntakePart is one part to be entered. With Keep, an empty one keeps what is stored.
type IntakePart struct {
	Name, Title  string
	Secret, Keep bool
}

// Entry is what was entered on the page. Fields go by the input ids of the cards: label, expiry, interval,
// note, endpoint.<placeholder>.
type Entry struct {
	Parts  vault.Parts
	Fields map[string]string
}

// Stored is the answer to an Entry. Again is set beside an error when the value was not stored although
// the link was used up: the token of a new link, so that the page can try again with what was typed.
type Stored struct {
	Key, Preview string
	Warnings     []string
	Waits        bool // for an admin: nothing is stored under the key's name yet
	Again        string
}

// SheetReport is what a CSV file of keys would do, or did.
type SheetReport struct {
	Columns []SheetColumn
	Rows    []SheetRow
	Again   string // as in Stored
}

// SheetColumn says what a column was taken for; Means is "" for one that is not used.
type SheetColumn struct{ Name, Means string }

// SheetRow is one row of the file. Nothing in it holds a value.
type SheetRow struct {
	Line   int    // in the file, counted from 1
	Key    string // "" when the row names none that could be read
	Result SheetResult
	Note   string // a sentence; "" when there is nothing to say
}

// SheetResult is what becomes of a row.
type SheetResult string

// The results. Before an import a row is new, same, taken or wrong; after it a new one is stored, failed or
// unclear, or same or taken where another process was faster.
const (
	RowNew    SheetResult = "new"
	RowSame   SheetResult = "same"   // stored already with this value: nothing to do
	RowTaken  SheetResult = "taken"  // stored already with another value: left alone
	RowWrong  SheetResult = "wrong"  // the row has a mistake
	RowStored SheetResult = "stored" // by this import
	RowFailed SheetResult = "failed" // the vault did not take it
	// RowUnclear: it cannot be known yet whether it is stored. Reconciliation finds out and tells.
	RowUnclear SheetResult = "unclear"
	RowWaits   SheetResult = "waits" // for another admin
)
