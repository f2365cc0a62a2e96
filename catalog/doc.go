// Package catalog is the domain: vendors, categories, keys without their values, roles, names, dates.
//
// # Promise
//
// Load gives 32 vendors that passed every check, or an error that names all faults. Vendors of one's own (SetOwn) stand
// beside them and can neither hide nor change one of them. Everything here is pure:
// no I/O, no clock; time comes in as an argument.
//
// # Invariants
//
//   - Key has no field for a value. Functions that take one (PreviewOf, Warnings) give back at most its last
//     four characters, and none of a short one or of a login password.
//   - Names are folded and closed under their formats: what ParseKeyName takes, String and SecretName write,
//     and it reads them again.
//   - A format hint warns and never refuses: vendors change their formats.
//
// # Threats
//
// Whoever sets an endpoint decides where a test sends the key. A placeholder's value is therefore a plain
// piece of a host name, a number or an id, and the host they make must be the vendor's (CheckEndpoint). Where
// the vendor has no host pattern, because customers run it themselves, any host is possible: its callers hold
// host and value together, and decide which networks may be reached.
//
// A name in other letters could pass for a known one. Key names are ASCII; only Lookup, whose answer people
// see, folds look-alikes.
package catalog
