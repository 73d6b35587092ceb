package delivery

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secretVariables are environment variables whose values must not appear in anything that is shown. Pulumi hides what it knows
// to be secret; these it does not know.
var secretVariables = []string{
	"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ARM_ACCESS_KEY", "ARM_CLIENT_SECRET", "ARM_OIDC_TOKEN",
	"AZURE_CLIENT_SECRET", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "GITHUB_TOKEN",
	"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE",
}

const (
	hidden = "[secret]"
	// A shorter value would also be found where it means nothing.
	minSecretBytes = 8
)

var (
	// Colours and other control sequences of terminals, titles and links included.
	terminalSequence = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)|[@-Z\\\\^_])")
	// Private keys and tokens in the forms in which they are handed around.
	secretForms = []*regexp.Regexp{
		regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\z)`),
		regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`),
		regexp.MustCompile(`\b(gh[opsur]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|pul-[0-9a-f]{40})`),
	}
)

// cleaner turns the output of a command into plain text without secrets.
type cleaner struct{ secrets []string }

// newCleaner hides the secrets of an environment, given as NAME=value, beside those of this process.
func newCleaner(environment []string) *cleaner {
	c := &cleaner{}
	for _, variable := range slices.Concat(os.Environ(), environment) {
		name, value, _ := strings.Cut(variable, "=")
		if slices.Contains(secretVariables, name) && len(value) >= minSecretBytes {
			c.secrets = append(c.secrets, value)
		}
	}
	// A secret that contains another one has to go first, or its rest would stay.
	slices.SortFunc(c.secrets, func(a, b string) int { return len(b) - len(a) })
	return c
}

// clean removes terminal sequences, control characters and secrets.
func (c *cleaner) clean(text string) string {
	text = terminalSequence.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(printable, text)
	for _, secret := range c.secrets {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	for _, form := range secretForms {
		text = form.ReplaceAllString(text, hidden)
	}
	return text
}

// printable drops what could hide or reorder text on a page: control and format characters, such as bidirectional ones.
func printable(r rune) rune {
	if r == '\n' || r == '\t' {
		return r
	}
	if unicode.Is(unicode.C, r) {
		return -1
	}
	return r
}

// shorten cuts text to a number of bytes, at a rune's start, and says so.
func shorten(text string, limit int) string {
	const note = "\n[cut]\n"
	if len(text) <= limit {
		return text
	}
	end := limit - len(note)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + note
}
