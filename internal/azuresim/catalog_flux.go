package azuresim

import (
	"regexp"
	"time"
)

// kinds are the Flux configuration.
func (s *clusters) kinds() []*kind {
	return []*kind{
		{
			token: fluxConfigurationToken, path: inClusterPath + "/fluxConfigurations/{fluxConfigurationName}",
			name: regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`), deletedWithParent: true,
			create: time.Minute, update: time.Minute, remove: time.Minute,
			replaceOn: []string{"scope", "namespace"},
			// To Azure the variables of a kustomization are text, also where they name a resource.
			weakReferences: []string{"kustomizations"},
			rules: []func(*operation) error{
				checkFluxExtension, checkFluxPlace, checkGitRepository, checkGitCredentials, checkKustomizations, checkReconciliationWait,
			},
			execute: s.awaitReconciliation, checkStartup: s.checkCompliance, compute: s.fluxConfigurationOutputs,
			writeOnly: []string{"configurationProtectedSettings"},
		},
	}
}
