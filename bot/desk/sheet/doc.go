// Package sheet reads an admin's spreadsheet of keys, saved as CSV.
//
// # Promise
//
// Read is a pure function of its arguments: no I/O, no clock. It takes any bytes, never panics, and reads
// each row by itself, so that one bad row spoils no other.
//
// # Invariants
//
//   - A value leaves only inside a vault.Secret. No sentence repeats a cell, of whatever column: in a row
//     that slipped by one cell, the value stands in the column of the vendor. Sentences say what is wrong,
//     where, and what to write instead.
//   - A row with a mistake brings no parts, so that it cannot be stored by accident.
//   - Nothing is guessed that would store a value under a wrong name or send it to a wrong host: a mistyped
//     vendor, a date that two readers read differently, an address that is not the vendor's are mistakes.
//
// # Threats
//
// The header line is shown to people, and a sheet without one begins with a value. A name of a column is
// therefore shown only where it is one that is known, or does not look like a value; else the column's
// letter is.
//
// A spreadsheet changes what it takes for numbers and formulas: 1.2E+15, #NAME?. Those are mistakes,
// because the value is lost, and storing what is left of it would be found out months later.
package sheet
