package azuresim

import (
	"regexp"
	"time"
)

const (
	extensionToken         = "kubernetesconfiguration:Extension"
	fluxConfigurationToken = "kubernetesconfiguration:FluxConfiguration"

	// inClusterPath is that of what lies on a cluster. Azure deletes it with the cluster, so that it does not keep that from being deleted.
	inClusterPath = groupPath + "/providers/{clusterRp}/{clusterResourceName}/{clusterName}/providers/Microsoft.KubernetesConfiguration"
)

// extensionKinds are the cluster extension.
var extensionKinds = []*kind{
	{
		token: extensionToken, path: inClusterPath + "/extensions/{extensionName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`), deletedWithParent: true,
		create: 5 * time.Minute, update: 3 * time.Minute, remove: 3 * time.Minute,
		replaceOn: []string{"extensionType", "scope", "plan"},
		rules: []func(*operation) error{
			checkExtensionCluster, checkExtensionType, checkExtensionVersion, checkExtensionScope, checkExtensionSettings,
		},
		checkStartup: startExtension, compute: extensionOutputs, unknownInPreview: []string{"aksAssignedIdentity"},
		writeOnly:    []string{"configurationProtectedSettings"},
		checkRemoval: checkExtensionRemoval,
	},
}
