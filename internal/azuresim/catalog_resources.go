package azuresim

import (
	"regexp"
	"time"
)

// groupKind is the kind at whose deletion everything in it goes too.
var groupKind = &kind{
	token: "resources:ResourceGroup", path: groupPath,
	name: regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`), located: true,
	create: 3 * time.Second, update: 2 * time.Second, remove: 30 * time.Second,
}

// What goes with a group has rules that lead back to the group.
func init() {
	groupKind.removed = func(s *subscription, group *record) { s.dropWithin(group.ID) }
}

var resourceKinds = []*kind{
	groupKind,
	{
		token: "resources:AzureCliScript", path: groupPath + "/providers/Microsoft.Resources/deploymentScripts/{scriptName}",
		name:    regexp.MustCompile(`^[-\w.()]{1,90}$`),
		located: true, create: time.Minute, update: time.Minute, remove: 10 * time.Second,
		rules: []func(*operation) error{checkDeploymentScript},
		work:  runDeploymentScript, compute: deploymentScriptOutputs, brings: scriptServices,
		// A script may outlive what its variables name.
		loose:     []string{"environmentVariables", "arguments"},
		writeOnly: []string{"secureValue", "storageAccountKey"},
	},
}
