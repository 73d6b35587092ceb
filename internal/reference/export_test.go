package reference

// Examples are the YAML of the examples, by title.
var Examples = func() map[string]string {
	byTitle := map[string]string{}
	for _, e := range examples {
		byTitle[e.title] = e.yaml
	}
	return byTitle
}()

// Section is the heading under which a key stands in the reference.
func Section(key string) string { return heading(keyPrefix(key)) }
