package metadata

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// Replacement is what of a type azure-native replaces a resource for, beyond the inputs of its id, and which lists it compares by keys.
type Replacement struct {
	// ForceNew are paths such as networkProfile; [] stands for any element of a list.
	ForceNew map[string]bool
	// Keys are, by the path of a list, the properties that identify its elements. All other lists are compared by index.
	Keys map[string][]string
}

//go:embed replacement.json
var replacement []byte

var replacements = func() map[string]Replacement {
	var file struct {
		ForceNew []struct {
			Type       string   `json:"type"`
			Properties []string `json:"properties"`
		} `json:"forceNew"`
		Keyed []struct {
			Type string   `json:"type"`
			List string   `json:"list"`
			Keys []string `json:"keys"`
		} `json:"keyed"`
	}
	if err := json.Unmarshal(replacement, &file); err != nil {
		panic(fmt.Errorf("decode replacement.json: %w", err)) // the file is part of the program
	}
	known := map[string]Replacement{}
	of := func(token string) Replacement {
		if _, listed := known[token]; !listed {
			known[token] = Replacement{map[string]bool{}, map[string][]string{}}
		}
		return known[token]
	}
	for _, entry := range file.ForceNew {
		for _, property := range entry.Properties {
			of(entry.Type).ForceNew[property] = true
		}
	}
	for _, entry := range file.Keyed {
		of(entry.Type).Keys[entry.List] = entry.Keys
	}
	return known
}()

// ReplacementOf finds what replaces a resource of a type such as azure-native:network/v20240501:VirtualNetwork.
func ReplacementOf(token string) Replacement {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return Replacement{}
	}
	module, _, _ := strings.Cut(parts[1], "/")
	return replacements[module+":"+parts[2]]
}
