package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// missingOnMacOS are forms that bash 3.2 or the BSD tools of macOS do not have, with what takes their place.
var missingOnMacOS = []struct{ form, instead string }{
	{`\b(mapfile|readarray|coproc)\b`, "a loop over read"},
	{`\b(declare|local|typeset) -[a-zA-Z]*[AnglU]`, "indexed arrays, plain variables"},
	{`\$\{[A-Za-z_0-9@*\[\]]+(\^|,)`, "tr"},
	{`\$\{[A-Za-z_0-9]+@[A-Za-z]\}`, "printf %q"},
	{`\$\{[A-Za-z_0-9]+: -`, "the length, from which to count"},
	{`\$\{?(EPOCHSECONDS|EPOCHREALTIME|BASHPID)\b`, "date +%s, $$"},
	{`\|&|&>>`, "2>&1"},
	{`;;?&`, "another pattern"},
	{`\bwait -n\b|\bread -[a-z]* ?-?[tN] `, "wait for one process; read loses what it has at the end of a time"},
	{`printf [^|;]*%\(`, "date"},
	{`\bshopt -s (globstar|lastpipe|inherit_errexit)`, "find, a temporary file"},
	{`\bsed (-[a-zA-Z]* )*-[a-zA-Z]*i`, "another file and mv"},
	{`\bsed [^|]*-[a-z]*r\b`, "sed -E"},
	{`\bgrep (-[a-zA-Z]+ )*-[a-zA-Z]*P`, "grep -E"},
	{`\breadlink -f\b|\brealpath\b`, "cd and pwd -P"},
	{`\bsort [^|]*-[a-zA-Z]*V`, "numbers one by one"},
	{`\bdate (-d|--)|\bstat (-c|--)|\bbase64 -w|\bcp --|\bmktemp --|\bxargs [^|]*-[a-zA-Z]*r\b|\bhead -n -|\bfind [^|]*-printf`, "the form of POSIX"},
	{`(^|[|;&(] *)(timeout|nproc|tac|sha256sum|md5sum|numfmt|shuf|truncate) `, "a tool that every system has"},
}

// emptyArray is the expansion of an array, which bash before 4.4 calls unbound under "set -u" when it has no element.
var emptyArray = regexp.MustCompile(`"\$\{([A-Za-z_0-9]+)\[[@*]\]\}"`)

// Scripts run with what macOS has, too: its bash is of 2007, and its tools are those of BSD. That goes for deployment scripts, which the
// simulator runs with the bash of the machine, as for make.
func TestScriptsRunOnMacOS(t *testing.T) {
	listed, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	require.NoError(t, err)
	scripts := 0
	for _, name := range strings.Split(strings.TrimRight(string(listed), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		if name != "Makefile" && !regexp.MustCompile(`^#!.*\b(ba)?sh\b`).Match(text) {
			continue
		}
		scripts++
		for at, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, missing := range missingOnMacOS {
				assert.NotRegexp(t, missing.form, line, "%s:%d: take %s", name, at+1, missing.instead)
			}
			for _, array := range emptyArray.FindAllStringSubmatch(line, -1) {
				guarded := "${" + array[1] + "[@]+" + array[0] + "}"
				assert.Contains(t, line, guarded, "%s:%d: an empty array is unbound", name, at+1)
			}
		}
	}
	assert.GreaterOrEqual(t, scripts, 8)
}
