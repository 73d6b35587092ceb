package image

import (
	"net/url"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/azurefacts"
)

// contact is one connection that a step of a build opens.
type contact struct {
	host  string
	port  uint16
	plain bool // HTTP rather than HTTPS
}

// contactsOfComponent are the connections of a component; names that Azure chooses begin with label.
func contactsOfComponent(name, label string) []contact {
	var contacts []contact
	for _, host := range azurefacts.MustComponent(name).Required(nil) {
		contacts = append(contacts, contact{strings.Replace(host.In("", ""), "*", label, 1), host.Port, host.Protocol == "HTTP"})
	}
	return contacts
}

// redirects are where public hosts redirect downloads to.
var redirects = map[string][]string{
	"github.com": {"release-assets.githubusercontent.com"},
	"dl.k8s.io":  {"cdn.dl.k8s.io"},
}

// commandContacts are what commands reach without naming a URL.
var commandContacts = []struct {
	command  *regexp.Regexp
	contacts []contact
}{
	{regexp.MustCompile(`\bapt-get\b.*\b(update|install|upgrade)\b`), contactsOfComponent("apt on Ubuntu", "")},
	{regexp.MustCompile(`\baz extension add\b`), contactsOfComponent("Azure CLI extensions", "")},
	{regexp.MustCompile(`\b(az extension add|pip3? install)\b`), contactsOfComponent("Python packages", "")},
	// The command's source in the repository Azure/azure-cli, src/azure-cli/azure/cli/command_modules/acs.
	{regexp.MustCompile(`\baz aks install-cli\b`), []contact{
		{"dl.k8s.io", 443, false}, {"api.github.com", 443, false}, {"github.com", 443, false},
	}},
}

var urlInScript = regexp.MustCompile(`https?://[^\s"'<>|;)]+`)

// contactsOf reads from a script what it will connect to. Repository lines count too: apt reads them later.
func contactsOf(lines []string) []contact {
	var found []contact
	seen := map[contact]bool{}
	add := func(c contact) {
		if !seen[c] {
			seen[c] = true
			found = append(found, c)
		}
	}
	for _, line := range lines {
		for _, match := range urlInScript.FindAllString(line, -1) {
			address, err := url.Parse(match)
			if err != nil || address.Hostname() == "" {
				continue
			}
			port, plain := uint16(443), address.Scheme == "http"
			if plain {
				port = 80
			}
			for _, host := range append([]string{address.Hostname()}, redirects[strings.ToLower(address.Hostname())]...) {
				add(contact{host, port, plain})
			}
		}
		for _, known := range commandContacts {
			if known.command.MatchString(line) {
				for _, c := range known.contacts {
					add(c)
				}
			}
		}
	}
	return found
}
