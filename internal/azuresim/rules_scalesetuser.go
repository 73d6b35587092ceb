package azuresim

import (
	"crypto/rsa"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"aks-regulated-pulumi/internal/tree"
)

// adminNames are refused (Azure document "Frequently asked question about Linux Virtual Machines").
var adminNames = []string{
	"1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup", "console", "david", "guest", "john", "owner",
	"root", "server", "sql", "support", "support_388945a0", "sys", "test", "test1", "test2", "test3", "user", "user1", "user2", "user3", "user4", "user5", "video",
}

var adminName = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,63}$`)

func checkScaleSetUser(op *operation) error {
	profile := vmProfile(op.inputs, "osProfile")
	name := tree.Text(profile, "adminUsername")
	if !adminName.MatchString(name) || slices.Contains(adminNames, name) {
		return badRequest("InvalidParameter", "%s: adminUsername %q is not allowed", op.id, name)
	}
	if prefix := tree.Text(profile, "computerNamePrefix"); prefix == "" || len(prefix) > 58 {
		return badRequest("InvalidParameter", "%s: computerNamePrefix must have 1 to 58 characters", op.id)
	}
	keys := tree.List(profile, "linuxConfiguration", "ssh", "publicKeys")
	if tree.Truth(profile, "linuxConfiguration", "disablePasswordAuthentication") {
		if len(keys) == 0 {
			return badRequest("InvalidParameter", "%s: without passwords at least one SSH public key is needed", op.id)
		}
		if tree.Text(profile, "adminPassword") != "" {
			return badRequest("InvalidParameter", "%s: adminPassword is set, though passwords are disabled", op.id)
		}
	}
	for _, public := range keys {
		if path := tree.Text(public, "path"); path != "/home/"+name+"/.ssh/authorized_keys" {
			return badRequest("InvalidParameter", "%s: the SSH key of %s cannot go to %s", op.id, name, path)
		}
		if problem := publicKeyProblem(tree.Text(public, "keyData")); problem != "" {
			return badRequest("InvalidParameter", "%s: the SSH public key %s", op.id, problem)
		}
	}
	return nil
}

// publicKeyProblem says what is wrong with a line of authorized_keys, or nothing; Azure takes RSA from 2048 bits and ED25519 (Azure document
// "Create and use an SSH public-private key pair for Linux VMs in Azure").
func publicKeyProblem(line string) string {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(rest) > 0 || strings.Contains(strings.TrimSpace(line), "\n") {
		return "is not in OpenSSH format"
	}
	switch key.Type() {
	case ssh.KeyAlgoED25519:
		return ""
	case ssh.KeyAlgoRSA:
		if public, ok := key.(ssh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey); !ok || public.N.BitLen() < 2048 {
			return "must have at least 2048 bits"
		}
		return ""
	}
	return "must be of type ssh-rsa or ssh-ed25519, not " + key.Type()
}

// maxCustomData is how much Azure takes, in bytes before encoding.
const maxCustomData = 65535

func checkCustomData(op *operation) error {
	encoded := tree.Text(vmProfile(op.inputs, "osProfile"), "customData")
	if encoded == "" {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return badRequest("InvalidParameter", "%s: customData is not base64", op.id)
	}
	if len(decoded) > maxCustomData {
		return badRequest("InvalidParameter", "%s: customData has %d bytes; %d are the limit", op.id, len(decoded), maxCustomData)
	}
	if problem := cloudConfigProblem(string(decoded)); problem != "" {
		return badRequest("InvalidCustomData", "%s: cloud-init would not take customData: %s", op.id, problem)
	}
	return nil
}

var cloudConfigKey = regexp.MustCompile(`^[a-z_][a-z0-9_-]*:`)

// cloudConfigProblem looks for what makes cloud-init skip a cloud-config: another header, tabs, or top-level lines that are no keys.
func cloudConfigProblem(content string) string {
	lines := strings.Split(content, "\n")
	if strings.TrimRight(lines[0], " \r") != "#cloud-config" {
		return "the first line must be #cloud-config"
	}
	keys := 0
	for _, line := range lines[1:] {
		indented := strings.HasPrefix(line, " ")
		switch trimmed := strings.TrimLeft(line, " "); {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(line, "- "):
		case strings.HasPrefix(trimmed, "\t"):
			return "a line is indented with a tab"
		case indented:
		case cloudConfigKey.MatchString(line):
			keys++
		default:
			return "a line is neither a key nor below one"
		}
	}
	if keys == 0 {
		return "it has no keys"
	}
	return ""
}
