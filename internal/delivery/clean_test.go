package delivery

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const privateKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAA\n-----END RSA PRIVATE KEY-----\n"

// Colours, links, titles and characters that hide or reorder text do not reach a page; ordinary text does.
func TestCleanTerminal(t *testing.T) {
	clean := newCleaner(nil)
	for text, want := range map[string]string{
		"\x1b[32m+ create\x1b[0m":                "+ create",
		"\x1b[1;38;5;204mx\x1b[K":                "x",
		"\x1b]8;;https://a\x07b\x1b]8;;\x07":     "b",
		"\x1b]0;title\x1b\\text":                 "text",
		"a\u202Eb\u200Bc\x00\bd":                 "abcd",
		"line\r\nnext\tü":                        "line\nnext\tü",
		"\xffbroken":                             "\uFFFDbroken",
		"password: [secret]":                     "password: [secret]",
		"-----BEGIN CERTIFICATE-----\nMIIC\n":    "-----BEGIN CERTIFICATE-----\nMIIC\n",
		"    ~ tags: {\n      - a: \"b\"\n    }": "    ~ tags: {\n      - a: \"b\"\n    }",
	} {
		assert.Equal(t, want, clean.clean(text))
	}
}

// What the job knows to be secret, and what looks like a key or token, is never shown.
func TestCleanSecrets(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "the-token-of-the-job")
	t.Setenv("PULUMI_ACCESS_TOKEN", "the-token-of-the-job-and-more")
	t.Setenv("AZURE_STORAGE_KEY", "short")
	clean := newCleaner([]string{"PULUMI_CONFIG_PASSPHRASE=correct horse", "PULUMI_HOME=/somewhere"})
	for text, want := range map[string]string{
		"a the-token-of-the-job b":                            "a [secret] b",
		"the-token-of-the-job-and-more":                       "[secret]",
		"correct horse in /somewhere, short":                  "[secret] in /somewhere, short",
		"x " + privateKey + "y":                               "x [secret]\ny",
		"x -----BEGIN PRIVATE KEY-----\nMII":                  "x [secret]",
		"ghp_" + strings.Repeat("a", 36) + " b":               "[secret] b",
		"pul-" + strings.Repeat("0", 40):                      "[secret]",
		"eyJhbGciOiJSUzI1.eyJzdWIiOiIxMjM0.c2ln" + "bmF0dXJl": "[secret]",
		"gh" + "\x1b[0m" + "p_" + strings.Repeat("a", 36):     "[secret]",
	} {
		assert.Equal(t, want, clean.clean(text))
	}
}

// A secret does not escape by being written in pieces, in the middle of a line or over many lines.
func TestLineWriter(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "the-token-of-the-job")
	text := "one the-token-of-the-job two\n" + privateKey + "end the-token-of-the-job"
	for size := 1; size < len(text); size += 7 {
		var shown bytes.Buffer
		w := &lineWriter{to: &shown, clean: newCleaner(nil)}
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			_, err := io.WriteString(w, rest[:min(size, len(rest))])
			require.NoError(t, err)
		}
		require.NoError(t, w.flush())
		assert.Equal(t, "one [secret] two\n[secret]\nend [secret]", shown.String())
	}
}

// A text is cut at a character, and says that it was.
func TestShorten(t *testing.T) {
	assert.Equal(t, "short", shorten("short", 5))
	assert.Equal(t, "üü\n[cut]\n", shorten("üüüüüüü", 12))
}
