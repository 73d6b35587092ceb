package configtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"aks-regulated-pulumi/internal/devcerts"
)

// AdminGroup is the Entra group of cluster administrators in Required.
const AdminGroup = "7c1d53cf-6a1e-4f1b-9d0e-2c4a8d6f5b01"

// RepositoryURL is the Git repository of the clusters in Required.
const RepositoryURL = devcerts.RepositoryURL

// Required returns values for the keys that have no default, by the names of config.Keys, with others put over them. Making
// certificates takes a moment, so they are made once for a test binary.
func Required(others map[string]string) map[string]string {
	values := maps.Clone(required())
	maps.Copy(values, others)
	return values
}

var required = sync.OnceValue(func() map[string]string {
	certificates, err := devcerts.Make("bicycle.contoso.com", "aks-ingress.contoso.com", time.Now())
	if err != nil {
		panic(fmt.Sprintf("certificates for tests: %v", err))
	}
	public, _, err := devcerts.MakeOperatorKey("opsuser01")
	if err != nil {
		panic(fmt.Sprintf("operator's key for tests: %v", err))
	}
	operators, err := json.Marshal(map[string]string{"opsuser01": public})
	if err != nil {
		panic(fmt.Sprintf("operators for tests: %v", err))
	}
	return map[string]string{
		"cluster.adminGroupObjectId": AdminGroup,
		"bootstrap.repositoryUrl":    RepositoryURL,
		"certificates.listener":      certificates.Listener,
		"certificates.ingress":       certificates.Ingress,
		"operators":                  string(operators),
	}
})
