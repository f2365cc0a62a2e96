package desk

// Parse shows parse to the tests: the verb, the words and the options of a typed line.
func Parse(s string, isOption func(verb, name string) bool) (verb string, words []string, options map[string]string) {
	l := parse(s, isOption)
	return l.verb, l.words, l.options
}

// Verbs is every command's verb and usage.
func Verbs() map[string]string {
	out := map[string]string{}
	for _, c := range commands() {
		out[c.Verb] = c.Usage
	}
	return out
}

// LooksLikeKey shows looksLikeKey to the tests.
func LooksLikeKey(text string) bool { return looksLikeKey(text) }
