package azurefacts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// APIVersion is a version of the control plane's API for types of resources, or all versions before one.
type APIVersion struct {
	// Types are types of Azure Resource Manager, for example Microsoft.KeyVault/vaults.
	Types []string `json:"types"`
	// Version is the API version, for example 2024-05-01 or 2021-05-01-preview. Before, in its place, stands for all versions before one.
	Version string `json:"version"`
	Before  string `json:"before"`
	// Ends is the day from which Azure refuses the version, as yyyy-mm-dd; empty if the document gives none.
	Ends string `json:"ends"`
	// Document says so, or was searched for a date in vain.
	Document Document `json:"-"`
}

// End is the day, in UTC, from which Azure refuses the version; published is false if no date is known.
func (v APIVersion) End() (end time.Time, published bool) {
	if v.Ends == "" {
		return time.Time{}, false
	}
	end, err := time.Parse(time.DateOnly, v.Ends)
	if err != nil {
		panic(fmt.Errorf("end of API version %s of %s: %w", v.Version+v.Before, v.Types, err))
	}
	return end, true
}

// covers reports whether the row is about a version of a type. Versions begin with their date, so that text compares as time does.
func (v APIVersion) covers(armType, version string) bool {
	named := slices.ContainsFunc(v.Types, func(name string) bool { return strings.EqualFold(name, armType) })
	return named && (v.Version == version || v.Before != "" && version < v.Before)
}

type apiVersionFile struct {
	Document Document     `json:"document"`
	Versions []APIVersion `json:"versions"`
}

var apiVersions = sync.OnceValue(func() []APIVersion {
	var found []APIVersion
	for _, file := range readAll[apiVersionFile]("apiversions") {
		for _, version := range file.Versions {
			version.Document = file.Document
			found = append(found, version)
		}
	}
	return found
})

// APIVersions are the versions whose end was looked for.
func APIVersions() []APIVersion { return apiVersions() }

// APIVersionOf is what is known of a version of a type; known is false if its end was not looked for.
func APIVersionOf(armType, version string) (found APIVersion, known bool) {
	if version == "" {
		return APIVersion{}, false
	}
	for _, row := range apiVersions() {
		if row.covers(armType, version) {
			return row, true
		}
	}
	return APIVersion{}, false
}

// APIVersionEnd is the day from which Azure refuses a version of a type; published is false if no date is known.
func APIVersionEnd(armType, version string) (end time.Time, published bool) {
	row, _ := APIVersionOf(armType, version)
	return row.End()
}
