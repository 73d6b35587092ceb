package azurefacts

import (
	"sync"
	"time"
)

// KubernetesVersion is a minor version of Kubernetes in AKS, with the days from and up to which AKS supports it, as yyyy-mm-dd.
type KubernetesVersion struct {
	// Minor is such as 1.35.
	Minor     string `json:"minor"`
	Available string `json:"available"`
	// End is the last day of community support, and LongTermEnd that of clusters with long-term support.
	End         string `json:"end"`
	LongTermEnd string `json:"longTermEnd"`
}

// Supported reports whether AKS makes clusters of the version at a time, and upgrades others to it.
func (v KubernetesVersion) Supported(at time.Time, longTerm bool) bool {
	end := v.End
	if longTerm {
		end = v.LongTermEnd
	}
	day := at.UTC().Format(time.DateOnly)
	return v.Available <= day && day <= end
}

// KubernetesVersions is the calendar of AKS, the oldest version first.
var KubernetesVersions = sync.OnceValue(func() []KubernetesVersion {
	var file struct {
		Document Document            `json:"document"`
		Versions []KubernetesVersion `json:"versions"`
	}
	readInto("data/kubernetes.json", &file)
	return file.Versions
})
