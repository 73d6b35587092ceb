package azurefacts

import (
	"fmt"
	"sync"
	"time"
)

// Spread is something that Azure does not know everywhere at once after it has been made or changed.
type Spread string

// What spreads. The zero value is what is known everywhere at once.
const (
	Identity            Spread = "identity"
	RoleDefinition      Spread = "roleDefinition"
	RoleAssignment      Spread = "roleAssignment"
	PolicyDefinition    Spread = "policyDefinition" // initiatives included
	PolicyAssignment    Spread = "policyAssignment"
	FederatedCredential Spread = "federatedCredential"
)

// SpreadTimes are how long it takes until every service knows a change, usually and at worst.
type SpreadTimes struct{ Typical, Worst time.Duration }

var spreadTimes = sync.OnceValue(func() map[Spread]SpreadTimes {
	times := map[Spread]SpreadTimes{}
	for _, file := range readAll[struct {
		Document       Document `json:"document"`
		What           Spread   `json:"what"`
		TypicalSeconds int      `json:"typicalSeconds"`
		WorstSeconds   int      `json:"worstSeconds"`
	}]("propagation") {
		times[file.What] = SpreadTimes{time.Duration(file.TypicalSeconds) * time.Second, time.Duration(file.WorstSeconds) * time.Second}
	}
	return times
})

// TimesOf are how long a change of something takes to spread. What is not in the data is a mistake in the program, so it panics.
func TimesOf(what Spread) SpreadTimes {
	times, known := spreadTimes()[what]
	if what != "" && !known {
		panic(fmt.Sprintf("nothing is known of how long %s takes to spread", what))
	}
	return times
}
