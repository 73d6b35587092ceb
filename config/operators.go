package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

var linuxUser = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// reservedUsers exist on every Ubuntu image, have a meaning for Azure or cloud-init, or build the image, as packer does.
var reservedUsers = strings.Fields(`
	_apt _chrony admin administrator azureuser backup bin daemon default dhcpcd dnsmasq games gnats guest irc landscape list lp
	lxd mail man messagebus news nobody packer polkitd pollinate proxy root sshd sync sys syslog tcpdump tss ubuntu user usbmux uucp
	uuidd www-data`)

// reservedUser reports whether a user is one of the system; those of systemd have a prefix.
func reservedUser(name string) bool {
	return slices.Contains(reservedUsers, name) || strings.HasPrefix(name, "systemd-")
}

// Azure takes 65535 bytes of custom data; each operator takes more than name and key.
const maxOperatorsSize, operatorSize = 65000, 150

func (r *reader) operators(key string) map[string]string {
	values := r.object(key)
	if len(values) == 0 {
		r.reject(key, "{}", "at least one user with an SSH public key, for example {opsuser01: ssh-ed25519 AAAA...}")
	}
	size := 0
	for user, line := range values {
		size += len(user) + len(line) + operatorSize
	}
	if size > maxOperatorsSize {
		r.reject(key, fmt.Sprintf("%d users", len(values)), "users and keys that fit the 64 KiB of a machine's custom data")
	}
	for _, user := range sortedKeys(values) {
		if !linuxUser.MatchString(user) || reservedUser(user) {
			r.reject(key, user,
				"user names of 1 to 32 lower-case letters, digits, or -_, starting with a letter, that Ubuntu does not use")
		}
		if problem := publicKeyProblem(values[user]); problem != "" {
			r.reject(key+"."+user, shownKey(values[user]), problem)
		}
	}
	return values
}

// shownKey hides a private key that was set instead of the public one.
func shownKey(line string) string {
	if strings.Contains(line, "PRIVATE KEY") {
		return hidden
	}
	return line
}

// publicKeyProblem says what is allowed instead of a value that is not an acceptable SSH public key; empty for an acceptable one.
func publicKeyProblem(line string) string {
	const allowed = "one SSH public key: ssh-ed25519, or ssh-rsa of 2048 bits or more"
	// It becomes one line of an authorized_keys file.
	if strings.ContainsAny(line, "\r\n") {
		return allowed
	}
	parsed, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(rest) > 0 {
		return allowed
	}
	switch parsed.Type() {
	case ssh.KeyAlgoED25519:
		return ""
	case ssh.KeyAlgoRSA:
		if bits := rsaBits(parsed); bits < 2048 {
			return fmt.Sprintf("%s, not of %d bits", allowed, bits)
		}
		return ""
	}
	return allowed
}
