// Package azurefacts is what is known of Azure, as data: what built-in roles allow, which hosts a component contacts, which logs a type of
// resource has, which effects a built-in policy takes. Each file in data names the document that it is written from and its date, and
// is never written from the program's own tables: tests compare the two.
package azurefacts

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
)

//go:embed data
var data embed.FS

// Document is the public source of a file.
type Document struct {
	Title string `json:"title"`
	// URL is where it is published; empty for one that the note describes.
	URL string `json:"url"`
	// Date is the date that the document gives, as yyyy-mm-dd; one that gives none has Read, the date of the copy that was read.
	Date string `json:"date"`
	Read string `json:"read"`
	// Note says what else there is to know of the source.
	Note string `json:"note"`
}

// readAll decodes every file of a folder of data. The files are part of the program, so that one that is wrong is a mistake in it: it panics.
func readAll[T any](folder string) []T {
	names, err := fs.Glob(data, path.Join("data", folder, "*.json"))
	if err != nil {
		panic(err)
	}
	read := make([]T, len(names))
	for i, name := range names {
		readInto(name, &read[i])
	}
	return read
}

func readInto(name string, target any) {
	content, err := data.ReadFile(name)
	if err != nil {
		panic(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		panic(fmt.Errorf("decode %s: %w", name, err))
	}
}
