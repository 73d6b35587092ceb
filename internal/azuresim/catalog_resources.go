package azuresim

import (
	"regexp"
	"time"
)

var resourceKinds = []*kind{
	{
		token: "resources:ResourceGroup", path: groupPath,
		name:   regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`),
		create: 3 * time.Second, update: 2 * time.Second, remove: 30 * time.Second,
		compute: func(op *operation) map[string]any {
			return map[string]any{"type": "Microsoft.Resources/resourceGroups"}
		},
		removed: func(s *subscription, group *record) {
			for id, r := range s.records {
				if within(r.ID, group.ID) {
					delete(s.records, id)
				}
			}
		},
	},
	{
		token: "resources:AzureCliScript", path: groupPath + "/providers/Microsoft.Resources/deploymentScripts/{scriptName}",
		name:    regexp.MustCompile(`^[a-zA-Z0-9_-]{1,90}$`),
		located: true, create: time.Minute, update: time.Minute, remove: 10 * time.Second,
		rules: []func(*operation) error{checkDeploymentScript},
		work:  runDeploymentScript, compute: deploymentScriptOutputs,
	},
}
