package imagebuilder

import (
	"fmt"
	"path"
	"strings"
)

// scratch starts an installation in an empty directory of its own.
const scratch = `cd "$(mktemp -d)"`

// fetch downloads into the working directory; certificates are verified, and redirects to plain HTTP refused.
func fetch(url string) string {
	return "curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 5 --remote-name " + url
}

// release installs one program from a release file of upstream, after its SHA-256 has been checked.
type release struct {
	// url and checksums name the release file and upstream's checksum file; {version} stands for the version.
	url, checksums string
	// sha256 is the pinned checksum; empty means the one that upstream publishes.
	sha256 string
	// program is the path of the program in the unpacked release.
	program string
	// probe is a command that runs the installed program without a network.
	probe string
}

func (r release) commands(tool Tool) []string {
	url := strings.ReplaceAll(r.url, "{version}", tool.Version)
	file := path.Base(url)
	commands := []string{scratch, fetch(url)}
	if r.sha256 != "" {
		commands = append(commands, "sum="+r.sha256)
	} else {
		list := strings.ReplaceAll(r.checksums, "{version}", tool.Version)
		// Upstream publishes a bare checksum, or lines of checksum and file name.
		commands = append(commands, fetch(list),
			fmt.Sprintf(`sum=$(grep -E '^[0-9a-f]{64}$|[ *]%s$' %s | cut -d ' ' -f 1)`, file, path.Base(list)))
	}
	commands = append(commands, fmt.Sprintf(`echo "$sum  %s" | sha256sum --check --strict -`, file))
	switch path.Ext(file) {
	case ".gz":
		commands = append(commands, "tar -xzf "+file)
	case ".zip":
		commands = append(commands, "unzip -q "+file)
	}
	return append(commands,
		fmt.Sprintf("sudo install -o root -g root -m 0755 %s /usr/local/bin/%s", r.program, tool.Name),
		r.probe)
}

// azureCLIPackage installs the Azure CLI as a Debian package; apt verifies it with Microsoft's key.
type azureCLIPackage struct{}

func (azureCLIPackage) commands(tool Tool) []string {
	return []string{
		scratch,
		fetch("https://packages.microsoft.com/keys/microsoft.asc"),
		"gpg --dearmor --output microsoft.gpg microsoft.asc",
		"sudo install -D -o root -g root -m 0644 microsoft.gpg /etc/apt/keyrings/microsoft.gpg",
		"codename=$(lsb_release -cs)",
		`echo "deb [arch=amd64 signed-by=/etc/apt/keyrings/microsoft.gpg] https://packages.microsoft.com/repos/azure-cli/ ` +
			`$codename main" | sudo tee /etc/apt/sources.list.d/azure-cli.list`,
		aptUpdate,
		fmt.Sprintf(`%s "azure-cli=%s-1~$codename"`, aptGet("install --yes --no-install-recommends"), tool.Version),
		// An unattended upgrade must not undo the pin.
		"sudo apt-mark hold azure-cli",
		"az version",
	}
}

// azureCLIExtension installs an extension for every user; the Azure CLI verifies the checksum in its extension index.
type azureCLIExtension struct {
	// probe is a command that loads the extension, which az extension show does not: one that does not fit the CLI breaks its commands.
	probe string
}

func (e azureCLIExtension) commands(tool Tool) []string {
	return []string{
		fmt.Sprintf("sudo az extension add --system --only-show-errors --name %s --version %s", tool.Name, tool.Version),
		e.probe,
	}
}
