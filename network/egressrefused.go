package network

// RefusedHost is a host that an Azure document asks for and that no rule allows.
type RefusedHost struct {
	// Host is the host name as in the document, or a service tag with a port.
	Host string
	// Why says why the platform works without it.
	Why string
}

// RefusedHosts are the refused hosts of all components of the platform.
var RefusedHosts = []RefusedHost{
	{"dc.services.visualstudio.com", "Container insights and the policy add-on send Microsoft telemetry of their own there, and work without."},
	{"*.ingestion.msftcloudes.com", "Agents of extensions send Microsoft metrics of their own there, and work without."},
	{"*.microsoftmetrics.com", "Agents of extensions send Microsoft metrics of their own there, and work without."},
	{"AzureMonitor:12000", "Agents of the registry send Microsoft diagnostics of their own there, and work without."},
	{"*.vault.azure.net", "The stamp's vault has a private endpoint, to which its name resolves; the firewall is not on the way."},
	{"*.atlas.cloudapp.azure.com", "It is neither HTTP nor a name without wildcard, so the service tag AzureCloud of the region stands for it."},
}
