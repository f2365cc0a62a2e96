// Package directory says in which roles a person acts.
//
// Promise: an answer is at most [KeepFor] old, a fresh answer was asked for after the
// question was put, and no answer is an error, never a set of roles. The callers turn that
// error into a no.
//
// Invariants: many questions about one person at the same moment become one question to the
// source; an answer whose question was put earlier never replaces one that was put later, so a
// role that is gone cannot come back out of a slow call; errors are never kept.
//
// Threats: a source that hangs (every call ends by itself after [AskFor], whatever its first
// caller does), a source that answers with an error (fail closed), and a caller that gives up
// while others wait for the same answer (they still get it).
package directory
