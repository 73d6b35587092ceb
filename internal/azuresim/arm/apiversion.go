package arm

import (
	"path"

	"aks-regulated-pulumi/internal/azurefacts"
)

// CheckAPIVersion refuses a request for a type of resource by an API version that Azure has switched off, as ARM does: the resource stays,
// and cannot even be read by that version (Azure document "Resolve errors for resource provider registration"). A request without a version
// is not judged.
func (s *Subscription) CheckAPIVersion(armType, version string) error {
	end, published := azurefacts.APIVersionEnd(armType, version)
	if !published || s.Clock.Now().Before(end) {
		return nil
	}
	return BadRequest("NoRegisteredProviderFound",
		"No registered resource provider found for API version '%s' for type '%s' since %s. The supported api-versions are later ones.",
		version, path.Base(armType), end.Format("2006-01-02"))
}
