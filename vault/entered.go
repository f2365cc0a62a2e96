package vault

import "strings"

// Entered makes a value of what a person typed, pasted or brought in a file. It is the one rule for all ways
// in, so that the same key is the same value by each: no white space around it, and line ends as \n. A PEM
// key ends with a line end, as some of its readers want.
func Entered(text string) Secret {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if strings.Contains(text, "-----BEGIN ") && strings.Contains(text, "\n") {
		text += "\n"
	}
	return NewSecret(text)
}
