package azuresim

import (
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

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
		if trouble := publicKeyTrouble(tree.Text(public, "keyData")); trouble != "" {
			return badRequest("InvalidParameter", "%s: the SSH public key %s", op.id, trouble)
		}
	}
	return nil
}

// publicKeyTrouble tells what is wrong with an OpenSSH public key (RFC 4253, section 6.6); Azure takes RSA and ED25519.
func publicKeyTrouble(line string) string {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return "is not in OpenSSH format"
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return "is not in OpenSSH format"
	}
	parts, ok := sshStrings(blob)
	if !ok || len(parts) < 2 || string(parts[0]) != fields[0] {
		return "is damaged"
	}
	switch fields[0] {
	case "ssh-ed25519":
		if len(parts) != 2 || len(parts[1]) != 32 {
			return "is damaged"
		}
	case "ssh-rsa":
		// The modulus is the last number; a leading zero byte keeps it positive.
		if modulus := strings.TrimLeft(string(parts[len(parts)-1]), "\x00"); len(parts) != 3 || len(modulus) < 2048/8 {
			return "must have at least 2048 bits"
		}
	default:
		return "must be of type ssh-rsa or ssh-ed25519, not " + fields[0]
	}
	return ""
}

// sshStrings splits what consists of strings with their lengths in front.
func sshStrings(blob []byte) ([][]byte, bool) {
	var parts [][]byte
	for len(blob) > 0 {
		if len(blob) < 4 {
			return nil, false
		}
		length := binary.BigEndian.Uint32(blob)
		if blob = blob[4:]; uint64(length) > uint64(len(blob)) {
			return nil, false
		}
		parts, blob = append(parts, blob[:length]), blob[length:]
	}
	return parts, true
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
	if trouble := cloudConfigTrouble(string(decoded)); trouble != "" {
		return badRequest("InvalidCustomData", "%s: cloud-init would not take customData: %s", op.id, trouble)
	}
	return nil
}

var cloudConfigKey = regexp.MustCompile(`^[a-z_][a-z0-9_-]*:`)

// cloudConfigTrouble looks for what makes cloud-init skip a cloud-config: another header, tabs, or top-level lines that are no keys.
func cloudConfigTrouble(content string) string {
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
