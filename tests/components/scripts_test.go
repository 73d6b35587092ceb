package components

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/imagebuilder"
)

// shell runs a script in an empty directory; programs are shell scripts that stand before those of the system.
func shell(t *testing.T, interpreter []string, script string, programs, environment map[string]string) (string, error) {
	t.Helper()
	bin := t.TempDir()
	for name, text := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o700))
	}
	command := exec.Command(interpreter[0], append(slices.Clone(interpreter[1:]), "-c", script)...)
	command.Dir = t.TempDir()
	command.Env = []string{
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "HOME=" + command.Dir,
	}
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// assertSyntax has an interpreter read a script without running it.
func assertSyntax(t *testing.T, interpreter, script string) {
	t.Helper()
	command := exec.Command(interpreter, "-n")
	command.Stdin = strings.NewReader(script)
	output, err := command.CombinedOutput()
	assert.NoError(t, err, "%s", output)
}

// Each step is a script that the builder's shell can read, pinned or chosen versions alike.
func TestCustomizersAreShell(t *testing.T) {
	for _, versions := range []map[string]string{everyTool(), otherVersions()} {
		for _, step := range imagebuilder.Customizers(versions) {
			t.Run(step.Name, func(t *testing.T) { assertSyntax(t, "sh", strings.Join(step.Inline, "\n")) })
		}
	}
}

// fakeCurl copies the file that an address names from the fixtures, and fails as curl --fail does where there is no such file.
const fakeCurl = `for url; do :; done
cp "$FIXTURES/${url##*/}" . || exit 22`

const sshdOptions = "X11Forwarding no\nMaxAuthTries 6\nPasswordAuthentication no\n" +
	"KbdInteractiveAuthentication no\nPermitRootLogin no\nPermitEmptyPasswords no\n"

// sshd is hardened by a drop-in that sshd reads before its own settings, and the build fails if sshd does not take it.
func TestSSHDropIn(t *testing.T) {
	step := imagebuilder.Customizers(nil)[1]
	written := filepath.Join(t.TempDir(), "drop-in")
	sudo := `case "$*" in
"tee /etc/ssh/sshd_config.d/00-jumpbox.conf") cat >"$WRITTEN" ;;
"sshd -T") printf "%s\n" "permitrootlogin no" "passwordauthentication $PASSWORDS" ;;
tee*) exit 3 ;;
esac`
	environment := map[string]string{"WRITTEN": written, "PASSWORDS": "no"}
	output, err := shell(t, []string{"sh", "-e"}, strings.Join(step.Inline, "\n"), map[string]string{"sudo": sudo}, environment)
	require.NoError(t, err, output)
	text, err := os.ReadFile(written)
	require.NoError(t, err)
	assert.Equal(t, sshdOptions, string(text))

	environment["PASSWORDS"] = "yes"
	_, err = shell(t, []string{"sh", "-e"}, strings.Join(step.Inline, "\n"), map[string]string{"sudo": sudo}, environment)
	assert.Error(t, err, "a setting that does not hold must fail the build")
}

// The first step waits for the first boot. cloud-init exits with 2 after a boot that it recovered, as Ubuntu 24.04 often does
// on Azure ("cloud-init status", CLI reference); only 1 is a boot that failed, and only that may fail the build.
func TestFirstBoot(t *testing.T) {
	step := imagebuilder.Customizers(nil)[0]
	for status, succeeds := range map[string]bool{"0": true, "2": true, "1": false} {
		programs := map[string]string{"cloud-init": "exit " + status, "sudo": `echo "$*" >>"$CALLS"`}
		calls := filepath.Join(t.TempDir(), "calls")
		output, err := shell(t, []string{"sh", "-e"}, strings.Join(step.Inline, "\n"), programs, map[string]string{"CALLS": calls})
		assert.Equal(t, succeeds, err == nil, "cloud-init exits with %s: %v %s", status, err, output)
		installed, _ := os.ReadFile(calls)
		assert.Equal(t, succeeds, strings.Contains(string(installed), " install "), "cloud-init exits with %s", status)
		assert.NotContains(t, string(installed), "upgrade", "an upgrade can hang the build")
	}
}

// The service's last step deletes the user that built the image. It also deletes the rule by which that user is root without a password,
// which waagent leaves: a name in it that an operator gets later would be root.
func TestBuildUserIsForgotten(t *testing.T) {
	steps := imagebuilder.Customizers(nil)
	step, root := steps[len(steps)-1], t.TempDir()
	sudo := `case "$*" in
"rm -f /tmp/DeprovisioningScript.sh"|"chmod 0755 /tmp/DeprovisioningScript.sh") ;;
"tee /tmp/DeprovisioningScript.sh") cat >"$ROOT/script" ;;
*) exit 3 ;;
esac`
	output, err := shell(t, []string{"sh", "-e"}, strings.Join(step.Inline, "\n"), map[string]string{"sudo": sudo}, map[string]string{"ROOT": root})
	require.NoError(t, err, output)
	text, err := os.ReadFile(filepath.Join(root, "script"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	assert.Equal(t, []string{
		"rm -f /etc/sudoers.d/90-cloud-init-users",
		"/usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync",
	}, lines, "the service's own command stays, and comes last")
	assertSyntax(t, "sh", string(text))
}

// download is the part of a tool's installation that ends with the check of the checksum.
type download struct {
	commands        []string
	file, checksums string // names of what is downloaded; no checksums if the checksum is pinned
}

var pinnedSum = regexp.MustCompile(`^sum=[0-9a-f]{64}$`)

func downloadOf(t *testing.T, tool string, versions map[string]string) download {
	t.Helper()
	commands := stepOf(tool, versions)
	checked := slices.IndexFunc(commands, func(c string) bool { return strings.Contains(c, "sha256sum --check") })
	require.GreaterOrEqual(t, checked, 0)
	d := download{commands: slices.Clone(commands[:checked+1])}
	for _, command := range d.commands {
		address := inlineURL.FindString(command)
		switch {
		case address != "" && d.file == "":
			d.file = path.Base(address)
		case address != "":
			d.checksums = path.Base(address)
		}
	}
	require.NotEmpty(t, d.file)
	return d
}

// run downloads and checks with these files on the server.
func (d download) run(t *testing.T, files map[string]string) error {
	t.Helper()
	server := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(server, name), []byte(text), 0o600))
	}
	output, err := shell(t, []string{"sh", "-e"}, strings.Join(d.commands, "\n"),
		map[string]string{"curl": fakeCurl}, map[string]string{"FIXTURES": server})
	t.Log(output)
	return err
}

func sha256Of(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// checksumFormats are the ways in which upstream projects publish the checksum of a file.
var checksumFormats = map[string]func(sum, file string) string{
	"bare":   func(sum, _ string) string { return sum },
	"line":   func(sum, file string) string { return sum + "  " + file + "\n" },
	"binary": func(sum, file string) string { return sum + " *" + file + "\n" },
	"listing": func(sum, file string) string {
		return sha256Of("a") + "  another_" + file + "\n" + sum + "  " + file + "\n" + sha256Of("b") + "  " + file + ".sbom\n"
	},
}

// For a version that configuration chooses, the file must have the checksum that upstream publishes, in any of its formats.
func TestPublishedChecksums(t *testing.T) {
	const release, tampered = "the release", "something else"
	for _, tool := range imagebuilder.Tools {
		if slices.Contains(packaged, tool.Name) {
			continue
		}
		d := downloadOf(t, tool.Name, otherVersions())
		require.NotEmpty(t, d.checksums, tool.Name)
		for format, render := range checksumFormats {
			t.Run(tool.Name+"/"+format, func(t *testing.T) {
				published := render(sha256Of(release), d.file)
				assert.NoError(t, d.run(t, map[string]string{d.file: release, d.checksums: published}))
				assert.Error(t, d.run(t, map[string]string{d.file: tampered, d.checksums: published}), "a tampered file")
				assert.Error(t, d.run(t, map[string]string{d.file: release}), "no published checksums")
			})
		}
		t.Run(tool.Name+"/not listed", func(t *testing.T) {
			others := sha256Of(release) + "  another_" + d.file + "\n"
			assert.Error(t, d.run(t, map[string]string{d.file: release, d.checksums: others}), "a list without the file")
			assert.Error(t, d.run(t, map[string]string{d.file: release, d.checksums: "<html>moved</html>\n"}), "no list at all")
		})
	}
}

// A pinned checksum is the only one that counts: the file must have it, whatever upstream publishes today.
func TestPinnedChecksumsAreChecked(t *testing.T) {
	const release = "the release"
	for _, tool := range imagebuilder.Tools {
		if slices.Contains(packaged, tool.Name) {
			continue
		}
		d := downloadOf(t, tool.Name, nil)
		pin := slices.IndexFunc(d.commands, pinnedSum.MatchString)
		if pin < 0 {
			require.NotEmpty(t, d.checksums, "%s is neither pinned nor checked against upstream", tool.Name)
			continue
		}
		t.Run(tool.Name, func(t *testing.T) {
			assert.Empty(t, d.checksums)
			assert.Error(t, d.run(t, map[string]string{d.file: release}), "a file that is not the pinned one")
			d.commands[pin] = "sum=" + sha256Of(release)
			assert.NoError(t, d.run(t, map[string]string{d.file: release}), "the pinned file")
		})
	}
}
