package kube

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// URLs of repositories lead to a host and a port.
func TestGitURLs(t *testing.T) {
	for address, wanted := range map[string]gitAddress{
		"https://github.com/a/b":                {"github.com", 443, false},
		"https://Git.Example.com:8443/a/b.git":  {"git.example.com", 8443, false},
		"ssh://git@github.com/a/b":              {"github.com", 22, true},
		"ssh://git@git.example.com:2222/a":      {"git.example.com", 2222, true},
		"git@ssh.dev.azure.com:v3/org/project":  {"ssh.dev.azure.com", 22, true},
		"http://github.com/a/b":                 {},
		"github.com/a/b":                        {},
		"https://me:hunter2@github.com/a/b":     {},
		"https://github.com:999999/a":           {},
		"file:///etc/passwd":                    {},
		"https://":                              {},
		"ssh://git@git.example.com:notaport/a/": {},
	} {
		found, err := parseGitURL(address)
		assert.Equal(t, wanted, found, address)
		assert.Equal(t, wanted.host == "", err != nil, address)
		if err != nil {
			assert.NotContains(t, err.Error(), "hunter2")
		}
	}
}
