package azuresim

import (
	"regexp"
	"time"
)

var resourceKinds = []*kind{
	{
		token: "resources:ResourceGroup", path: groupPath,
		name: regexp.MustCompile(`^[-\w.()]{0,89}[-\w()]$`), located: true, container: true,
		create: 3 * time.Second, update: 2 * time.Second, remove: 30 * time.Second,
	},
}
