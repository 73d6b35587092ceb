package azurefacts

import (
	"fmt"
	"strings"
	"sync"
)

// Host is what a component contacts.
type Host struct {
	// Name may hold {location}, the region, and {workspace}, the id of a Log Analytics workspace. A leading * stands for labels
	// that Azure chooses.
	Name string `json:"host"`
	// Port and Protocol (HTTPS, HTTP, TCP) are 443 and HTTPS unless the file says otherwise.
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
	Use      string `json:"use"`
	// Telemetry marks a host that gets nothing but Microsoft's own telemetry: the component works without it.
	Telemetry bool `json:"telemetry"`
	// Unless is what spares the component the host.
	Unless *Condition `json:"unless"`
	// Narrowed is the name that another document gives for a wildcard.
	Narrowed *Narrowed `json:"narrowed"`
}

// Narrowed is a host that one document gives where another has a wildcard.
type Narrowed struct {
	Host     string `json:"host"`
	Document string `json:"document"`
	Date     string `json:"date"`
}

// In is the name of the host that a component in a region needs at least.
func (h Host) In(location, workspace string) string {
	name := h.Name
	if h.Narrowed != nil {
		name = h.Narrowed.Host
	}
	return fillIn(name, location, workspace)
}

// Widest is the name, or pattern of names, that the component may use at most.
func (h Host) Widest(location, workspace string) string { return fillIn(h.Name, location, workspace) }

func fillIn(name, location, workspace string) string {
	return strings.NewReplacer("{location}", strings.ToLower(location), "{workspace}", workspace).Replace(name)
}

// Service is a service tag that a component contacts over TCP.
type Service struct {
	Tag   string   `json:"tag"`
	Ports []uint16 `json:"ports"`
	// Telemetry are those of the ports that only Microsoft's own telemetry uses.
	Telemetry []uint16 `json:"telemetry"`
}

// Condition is a value that a property of a managed cluster has.
type Condition struct {
	// Property is the path in the properties of Microsoft.ContainerService/managedClusters, with dots.
	Property string `json:"property"`
	Is       any    `json:"is"`
}

// Holds looks at the properties of a managed cluster; names are compared without case, as those of add-ons come in any.
func (c *Condition) Holds(properties map[string]any) bool {
	var value any = properties
	for _, name := range strings.Split(c.Property, ".") {
		object, _ := value.(map[string]any)
		value = nil
		for key, member := range object {
			if strings.EqualFold(key, name) {
				value = member
			}
		}
	}
	return value != nil && strings.EqualFold(fmt.Sprint(value), fmt.Sprint(c.Is))
}

// Component is a part of the platform that contacts hosts.
type Component struct {
	Name string `json:"name"`
	// FQDNTag is the tag by which Azure Firewall knows the hosts.
	FQDNTag string `json:"fqdnTag"`
	// When is what turns the component on in a cluster; nil for what is no feature of clusters.
	When     *Condition `json:"when"`
	Hosts    []Host     `json:"hosts"`
	Services []Service  `json:"services"`
	Document Document   `json:"-"`
}

// Needed are the hosts that the component contacts for a cluster with these properties: none if it is off.
func (c Component) Needed(properties map[string]any) []Host {
	if c.When != nil && !c.When.Holds(properties) {
		return nil
	}
	var needed []Host
	for _, host := range c.Hosts {
		if host.Unless == nil || !host.Unless.Holds(properties) {
			needed = append(needed, host)
		}
	}
	return needed
}

// Required are the hosts that the component does not work without.
func (c Component) Required(properties map[string]any) []Host {
	var required []Host
	for _, host := range c.Needed(properties) {
		if !host.Telemetry {
			required = append(required, host)
		}
	}
	return required
}

type hostFile struct {
	Document   Document    `json:"document"`
	Components []Component `json:"components"`
}

var components = sync.OnceValue(func() []Component {
	var found []Component
	for _, file := range readAll[hostFile]("hosts") {
		for _, component := range file.Components {
			component.Document = file.Document
			for i := range component.Hosts {
				component.Hosts[i].withDefaults()
			}
			found = append(found, component)
		}
	}
	return found
})

func (h *Host) withDefaults() {
	if h.Port == 0 {
		h.Port = 443
	}
	if h.Protocol == "" {
		h.Protocol = "HTTPS"
	}
}

// Components are all that is known to contact hosts.
func Components() []Component { return components() }

// MustComponent finds a component by its name, and panics if there is none.
func MustComponent(name string) Component {
	for _, component := range components() {
		if component.Name == name {
			return component
		}
	}
	panic(fmt.Sprintf("no component %q in internal/azurefacts/data/hosts", name))
}

// TagHosts are the hosts behind each FQDN tag of Azure Firewall, by the tag in lower case, as patterns with {location}.
func TagHosts() map[string][]string {
	found := map[string][]string{}
	for _, component := range components() {
		for _, host := range component.Hosts {
			if component.FQDNTag != "" {
				tag := strings.ToLower(component.FQDNTag)
				found[tag] = append(found[tag], host.Name)
			}
		}
	}
	return found
}
