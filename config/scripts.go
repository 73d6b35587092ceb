package config

import (
	"regexp"
	"strings"
)

// Scripts configures who runs the image build and imports container images, and where.
type Scripts struct {
	// RunBy is RunByAzure or RunByCaller.
	RunBy string
	// StorageAccountID is the Azure resource id of a storage account for deployment scripts; empty for one that Azure makes.
	StorageAccountID  string
	StorageAccountKey Secret
	// SubnetID is the Azure resource id of the subnet in which deployment scripts run; empty for none.
	SubnetID string
}

// Values of scripts.runBy.
const (
	RunByAzure  = "azure"
	RunByCaller = "caller"
)

const resourceInGroup = `(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[-\w.()]+/providers/`

var (
	storageAccountID = regexp.MustCompile(resourceInGroup + `Microsoft\.Storage/storageAccounts/[a-z0-9]{3,24}$`)
	subnetID         = regexp.MustCompile(resourceInGroup + `Microsoft\.Network/virtualNetworks/[-\w.]+/subnets/[-\w.]+$`)
)

// Private reports whether deployment scripts run in a subnet and sign in to their storage with their identity.
func (s Scripts) Private() bool { return s.SubnetID != "" && !s.StorageAccountKey.IsSet() }

// checkScripts checks what deployment scripts need of each other (Azure documents "Develop a deployment script in Bicep" and "Run Bicep
// deployment script privately over a private endpoint").
func (r *reader) checkScripts(scripts Scripts, groups ResourceGroups) {
	const account, key, subnet = "scripts.storageAccountId", "scripts.storageAccountKey", "scripts.subnetId"
	if scripts.RunBy == RunByCaller {
		for name, value := range map[string]string{account: scripts.StorageAccountID, subnet: scripts.SubnetID} {
			if value != "" {
				r.reject(name, value, "empty while scripts.runBy is caller")
			}
		}
		if scripts.StorageAccountKey.IsSet() {
			r.reject(key, hidden, "no value while scripts.runBy is caller")
		}
		return
	}
	if id := scripts.StorageAccountID; id != "" && !storageAccountID.MatchString(id) {
		r.reject(account, id, "the Azure resource id of a storage account")
	}
	if id := scripts.SubnetID; id != "" && !subnetID.MatchString(id) {
		r.reject(subnet, id, "the Azure resource id of a subnet")
	}
	for _, group := range []string{groups.Hub, groups.Spokes} {
		if strings.Contains(strings.ToLower(scripts.SubnetID), "/resourcegroups/"+strings.ToLower(group)+"/") {
			r.reject(subnet, scripts.SubnetID, "a subnet of a network of your own: no subnet of this stack is for scripts")
		}
	}
	switch {
	case scripts.StorageAccountID == "" && scripts.SubnetID != "":
		r.reject(account, "", "the Azure resource id of a storage account, since scripts.subnetId is set")
	case scripts.StorageAccountID == "" && scripts.StorageAccountKey.IsSet():
		r.reject(account, "", "the Azure resource id of a storage account, since scripts.storageAccountKey is set")
	case scripts.StorageAccountID != "" && scripts.SubnetID == "" && !scripts.StorageAccountKey.IsSet():
		r.reject(key, "", "the key of scripts.storageAccountId, since scripts.subnetId is empty")
	}
}
