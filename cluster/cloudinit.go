package cluster

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"
)

// maxCustomData is how many bytes of custom data Azure takes, before base64.
const maxCustomData = 65535

// cloudUser is a user of the jump boxes, who signs in with a key and is never root (cloud-init document "Users and Groups").
type cloudUser struct {
	Name string `json:"name"`
	// Sudo stays null, which grants nothing. The walkthrough writes False, which cloud-init deprecates since 22.2.
	Sudo              *string  `json:"sudo"`
	LockPassword      bool     `json:"lock_passwd"`
	Shell             string   `json:"shell"`
	SSHAuthorizedKeys []string `json:"ssh_authorized_keys"`
}

// cloudInit renders what a jump box does at its first boot, as base64 of a cloud-config. operators are SSH public keys by user
// name. The list of users leaves out "default", so cloud-init creates no user with the administrator's name that Azure asks for.
func cloudInit(operators map[string]string) (string, error) {
	var users []cloudUser
	for _, name := range slices.Sorted(maps.Keys(operators)) {
		users = append(users, cloudUser{
			Name: name, LockPassword: true, Shell: "/bin/bash", SSHAuthorizedKeys: []string{operators[name]},
		})
	}
	document, err := yaml.Marshal(map[string][]cloudUser{"users": users})
	if err != nil {
		return "", fmt.Errorf("cloud-config of the jump boxes: %w", err)
	}
	document = append([]byte("#cloud-config\n"), document...)
	if len(document) > maxCustomData {
		return "", fmt.Errorf("cloud-config of the jump boxes: %d operators take %d bytes, and Azure allows %d",
			len(operators), len(document), maxCustomData)
	}
	return base64.StdEncoding.EncodeToString(document), nil
}
