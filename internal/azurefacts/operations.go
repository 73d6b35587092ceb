package azurefacts

import (
	"strings"
	"sync"
)

type operationFile struct {
	Document   Document `json:"document"`
	Operations []string `json:"operations"`
}

var operations = sync.OnceValue(func() map[string]Document {
	found := map[string]Document{}
	for _, file := range readAll[operationFile]("operations") {
		for _, operation := range file.Operations {
			found[strings.ToLower(operation)] = file.Document
		}
	}
	return found
})

// Operation finds the document that has an operation of a resource provider, such as Microsoft.Compute/images/read, of those that custom
// roles may name.
func Operation(name string) (Document, bool) {
	document, known := operations()[strings.ToLower(name)]
	return document, known
}
