package imagebuilder

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	virtualmachineimages "aks-regulated-pulumi/internal/azurenative/virtualmachineimages/v20240201"
)

// Customizer is one shell step of the image build. The lines of Inline run as one script under sh -e.
type Customizer struct {
	Name   string
	Inline []string
}

// aptHosts are Ubuntu's package mirrors, which Azure's Ubuntu images read over plain HTTP (packages are signed).
var aptHosts = []string{"azure.archive.ubuntu.com", "archive.ubuntu.com", "security.ubuntu.com"}

// aptGet waits for the package lock that the first boot's own updates may hold.
func aptGet(arguments string) string {
	return "sudo DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 " + arguments
}

// aptUpdate refreshes the package lists. apt cannot wait for their lock, as it can for that of packages, and the first boot's own
// refresh may hold it.
var aptUpdate = "for try in 1 2 3 4 5 6 7 8 9 10; do " + aptGet("update") + " && break; [ $try -lt 10 ] || exit 1; sleep 15; done"

// refreshPackages refreshes the package lists, and installs what later steps need for unpacking. It upgrades nothing: an upgrade may
// restart services during the build and hang it, and the source image is already patched.
func refreshPackages() Customizer {
	return Customizer{Name: "Update package lists", Inline: []string{
		// Exit code 2 reports errors from which cloud-init recovered.
		"cloud-init status --wait || [ $? -eq 2 ]",
		aptUpdate,
		aptGet("install --yes --no-install-recommends ca-certificates curl gnupg jq lsb-release unzip"),
	}}
}

// hardenSSH writes a drop-in that sorts first, since sshd takes the first value that it reads.
func hardenSSH() Customizer {
	return Customizer{Name: "Adjust sshd settings", Inline: []string{
		"printf '%s\\n' 'X11Forwarding no' 'MaxAuthTries 6' 'PasswordAuthentication no' " +
			"'KbdInteractiveAuthentication no' 'PermitRootLogin no' 'PermitEmptyPasswords no' " +
			"| sudo tee /etc/ssh/sshd_config.d/00-jumpbox.conf",
		"sudo chmod 0644 /etc/ssh/sshd_config.d/00-jumpbox.conf",
		"sudo install -d -m 0755 /run/sshd",
		// A wrong setting would lock every operator out of the jump boxes.
		"sudo sshd -t",
		"sudo sshd -T | grep -qx 'passwordauthentication no'",
		"sudo sshd -T | grep -qx 'permitrootlogin no'",
	}}
}

// forgetBuildUser has the service's last step, which deletes the user that built the image, also delete the rule by which that user is
// root without a password: cloud-init writes it, and waagent leaves it. The override is the one of the Azure document "Create an Azure VM
// Image Builder Bicep file or ARM template JSON template" (property generalize); the rest of the script is the service's own.
func forgetBuildUser() Customizer {
	return Customizer{Name: "Forget the build user", Inline: []string{
		// The kernel lets nobody write into another user's file in /tmp.
		"sudo rm -f /tmp/DeprovisioningScript.sh",
		"printf '%s\\n' 'rm -f /etc/sudoers.d/90-cloud-init-users' " +
			"'/usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync' " +
			"| sudo tee /tmp/DeprovisioningScript.sh",
		"sudo chmod 0755 /tmp/DeprovisioningScript.sh",
	}}
}

// Customizers are the steps of the image build for a set of tool versions, in order.
func Customizers(toolVersions map[string]string) []Customizer {
	steps := []Customizer{refreshPackages(), hardenSSH()}
	for _, tool := range selectTools(toolVersions) {
		steps = append(steps, tool.customizer())
	}
	return append(steps, forgetBuildUser())
}

func renderCustomizers(steps []Customizer) pulumi.Array {
	var rendered pulumi.Array
	for _, step := range steps {
		rendered = append(rendered, virtualmachineimages.ImageTemplateShellCustomizerArgs{
			Type:   pulumi.String("Shell"),
			Name:   pulumi.String(step.Name),
			Inline: pulumi.ToStringArray(step.Inline),
		})
	}
	return rendered
}
