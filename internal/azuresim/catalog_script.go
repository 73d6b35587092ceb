package azuresim

import (
	"regexp"
	"time"
)

// kinds are the deployment script.
func (h *scriptHost) kinds() []*kind {
	return []*kind{
		{
			token: "resources:AzureCliScript", path: groupPath + "/providers/Microsoft.Resources/deploymentScripts/{scriptName}",
			name:    regexp.MustCompile(`^[-\w.()]{1,90}$`),
			located: true, create: time.Minute, update: time.Minute, remove: 10 * time.Second,
			rules:   []func(*operation) error{checkDeploymentScript},
			execute: h.runDeploymentScript, compute: deploymentScriptOutputs, managedResources: scriptServices,
			completeDue: expireScript,
			// A script may outlive what its variables name.
			weakReferences: []string{"environmentVariables", "arguments"},
			writeOnly:      []string{"secureValue", "storageAccountKey"},
		},
	}
}
