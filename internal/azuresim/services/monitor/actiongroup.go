package monitor

import (
	"net/mail"
	"regexp"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

var alertName = regexp.MustCompile(`^[^*#&+:<>?@%{}\\/|]{0,259}[^*#&+:<>?@%{}\\/| .]$`)

var actionGroupKind = &arm.Kind{
	Token: "insights:ActionGroup", Path: insightsProvider + "/actionGroups/{actionGroupName}", Name: alertName, Located: true,
	Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{arm.CheckGlobal, checkActionGroup},
}

func checkActionGroup(op *arm.Operation) error {
	if name := tree.Text(op.Inputs, "groupShortName"); name == "" || len(name) > 12 {
		return arm.BadRequest("InvalidActionGroup", "%s: the short name has 1 to 12 characters", op.ID)
	}
	count := 0
	names := map[string]bool{}
	for property, raw := range op.Inputs {
		receivers, ok := raw.([]any)
		if !ok || !strings.HasSuffix(property, "Receivers") {
			continue
		}
		for _, receiver := range receivers {
			count++
			name := strings.ToLower(tree.Text(receiver, "name"))
			if name == "" || names[name] {
				return arm.BadRequest("InvalidActionGroup", "%s: the receivers need names, each its own; %q is not", op.ID, name)
			}
			names[name] = true
		}
	}
	if count == 0 {
		return arm.BadRequest("InvalidActionGroup", "%s has no receivers", op.ID)
	}
	for _, receiver := range tree.List(op.Inputs, "emailReceivers") {
		address := tree.Text(receiver, "emailAddress")
		if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
			return arm.BadRequest("InvalidEmailAddress", "%s: %q is not an email address", op.ID, address)
		}
	}
	return nil
}
