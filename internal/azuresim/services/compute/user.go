package compute

import (
	"crypto/rsa"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// adminNames are refused (Azure document "Frequently asked question about Linux Virtual Machines").
var adminNames = []string{
	"1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup", "console", "david", "guest",
	"john", "owner",
	"root", "server", "sql", "support", "support_388945a0", "sys", "test", "test1", "test2", "test3", "user", "user1", "user2", "user3",
	"user4", "user5", "video",
}

var adminName = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,63}$`)

func checkScaleSetUser(op *arm.Operation) error {
	profile := vmProfile(op.Inputs, "osProfile")
	name := tree.Text(profile, "adminUsername")
	if !adminName.MatchString(name) || slices.Contains(adminNames, name) {
		return arm.BadRequest("InvalidParameter", "%s: adminUsername %q is not allowed", op.ID, name)
	}
	if prefix := tree.Text(profile, "computerNamePrefix"); prefix == "" || len(prefix) > 58 {
		return arm.BadRequest("InvalidParameter", "%s: computerNamePrefix must have 1 to 58 characters", op.ID)
	}
	keys := tree.List(profile, "linuxConfiguration", "ssh", "publicKeys")
	if tree.Truth(profile, "linuxConfiguration", "disablePasswordAuthentication") {
		if len(keys) == 0 {
			return arm.BadRequest("InvalidParameter", "%s: without passwords at least one SSH public key is needed", op.ID)
		}
		if tree.Text(profile, "adminPassword") != "" {
			return arm.BadRequest("InvalidParameter", "%s: adminPassword is set, though passwords are disabled", op.ID)
		}
	}
	for _, public := range keys {
		if path := tree.Text(public, "path"); path != "/home/"+name+"/.ssh/authorized_keys" {
			return arm.BadRequest("InvalidParameter", "%s: the SSH key of %s cannot go to %s", op.ID, name, path)
		}
		if problem := PublicKeyProblem(tree.Text(public, "keyData")); problem != "" {
			return arm.BadRequest("InvalidParameter", "%s: the SSH public key %s", op.ID, problem)
		}
	}
	return nil
}

// PublicKeyProblem says what is wrong with a line of authorized_keys, or nothing; Azure takes RSA from 2048 bits and ED25519 (Azure
// document "Create and use an SSH public-private key pair for Linux VMs in Azure").
func PublicKeyProblem(line string) string {
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
