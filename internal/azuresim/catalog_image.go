package azuresim

import (
	"regexp"
	"time"
)

const imageTemplateToken = "virtualmachineimages:VirtualMachineImageTemplate"

// kinds are the image template.
func (b *imageBuilds) kinds() []*kind {
	return []*kind{{
		token: imageTemplateToken,
		path:  groupPath + "/providers/Microsoft.VirtualMachineImages/imageTemplates/{imageTemplateName}",
		name:  regexp.MustCompile(`^[A-Za-z0-9-_.]{1,64}$`), located: true,
		create: 2 * time.Minute, update: time.Minute, remove: 2 * time.Minute,
		replaceOn:      []string{"source", "customize", "distribute", "vmProfile", "buildTimeoutInMinutes"},
		weakReferences: []string{"distribute"},
		rules:          []func(*operation) error{checkImageTemplate},
		compute:        imageTemplateOutputs, createImplicit: makeStagingGroup, cleanUp: removeStagingGroup,
		// The build's machines are in the subnet only while it runs.
		joinsOnRun: true, completeDue: completeBuild, observe: lastRunStatus,
		actions: map[string]func(*subscription, *record) error{"run": b.start},
	},
	}
}
