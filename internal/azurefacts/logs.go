package azurefacts

import (
	"strings"
	"sync"
)

// Categories are what diagnostic settings of a type of resource can send.
type Categories struct {
	Logs    []string `json:"logs"`
	Metrics []string `json:"metrics"`
	// OnlyIf are categories that stay empty, though Azure accepts them in a setting, until something else is switched on.
	OnlyIf map[string]string `json:"onlyIf"`
}

type logFile struct {
	Document Document              `json:"document"`
	Types    map[string]Categories `json:"types"`
}

var categories = sync.OnceValue(func() map[string]Categories {
	found := map[string]Categories{}
	for _, file := range readAll[logFile]("logs") {
		for armType, emitted := range file.Types {
			found[strings.ToLower(armType)] = emitted
		}
	}
	return found
})

// CategoriesOf finds the categories of an ARM type such as Microsoft.KeyVault/vaults. The services of a storage account go by
// Microsoft.Storage/storageAccounts/services.
func CategoriesOf(armType string) (Categories, bool) {
	found, known := categories()[strings.ToLower(armType)]
	return found, known
}
