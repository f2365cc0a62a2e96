// Package doctor looks at how Keydesk is set up, one thing after the other, and says what to do about what is
// wrong.
//
// Promise: a look changes nothing that anybody would miss (package vault says what its probe leaves), shows
// no value, token or secret, and ends: each check has its time. What cannot be looked at because something
// before it is wrong is said to be so, rather than blamed.
//
// The engine (this file's Run) knows nothing of Azure; checks.go has the checks that need no more than a few
// functions of others. app puts them together, as it does with what it serves.
package doctor
