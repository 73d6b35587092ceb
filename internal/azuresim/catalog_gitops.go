package azuresim

import (
	"regexp"
	"time"
)

const (
	extensionToken         = "kubernetesconfiguration:Extension"
	fluxConfigurationToken = "kubernetesconfiguration:FluxConfiguration"

	inClusterPath = groupPath + "/providers/{clusterRp}/{clusterResourceName}/{clusterName}/providers/Microsoft.KubernetesConfiguration"
)

// gitOpsKinds lie on a cluster. Azure takes them along with it, so that they do not keep it from being deleted.
var gitOpsKinds = []*kind{
	{
		token: extensionToken, path: inClusterPath + "/extensions/{extensionName}",
		name: regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`), follows: true,
		create: 5 * time.Minute, update: 3 * time.Minute, remove: 3 * time.Minute,
		replace: []string{"extensionType", "scope", "plan"},
		rules: []func(*operation) error{
			checkExtensionCluster, checkExtensionType, checkExtensionVersion, checkExtensionScope, checkExtensionSettings,
		},
		comesUp: extensionComesUp, compute: extensionOutputs, nested: []string{"aksAssignedIdentity"},
		writeOnly: []string{"configurationProtectedSettings"},
		removal:   checkExtensionRemoval,
	},
	{
		token: fluxConfigurationToken, path: inClusterPath + "/fluxConfigurations/{fluxConfigurationName}",
		name: regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`), follows: true,
		create: time.Minute, update: time.Minute, remove: time.Minute,
		replace: []string{"scope", "namespace"},
		// To Azure the variables of a kustomization are text, also where they name a resource.
		loose: []string{"kustomizations"},
		rules: []func(*operation) error{
			checkFluxExtension, checkFluxPlace, checkGitRepository, checkGitCredentials, checkKustomizations, checkReconciliationWait,
		},
		work: awaitReconciliation, comesUp: fluxConfigurationComesUp, compute: fluxConfigurationOutputs,
		writeOnly: []string{"configurationProtectedSettings"},
	},
}
