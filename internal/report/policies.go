package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// policyRow is one policy assignment.
type policyRow struct {
	Name, Definition   string
	DefinitionLink     Link
	Effect             string
	Enforced           bool
	Scope              Link
	Parameters         []parameter
	Description        string
	Anchor             string
	definition, scopes string
}

type parameter struct {
	Name, Value string
	Values      []string // of lists
}

// ownEffects are the effects of built-in definitions that take none from the assignment (Azure document "Azure Policy built-in
// definitions").
var ownEffects = map[string]string{
	"a08ec900-254a-4555-9bf5-e42af04b5c5c": "deny",              // Allowed resource types
	"b6e2945c-0b7b-40f5-9233-7a5323b5cdc6": "AuditIfNotExists",  // Network Watcher should be enabled
	"c9ddb292-b203-4738-aead-18e2716e858f": "DeployIfNotExists", // Defender for Containers
	"1f725891-01c0-420a-9059-4fa46cb770b7": "DeployIfNotExists", // Defender for Key Vault
	"b7021b2b-08fd-4dc0-9de7-3c6ece09faf9": "DeployIfNotExists", // Defender for Resource Manager
}

func (m *model) policies() []policyRow {
	var rows []policyRow
	for _, r := range m.of(typePolicy) {
		id := text(r.Outputs, "policyDefinitionId")
		row := policyRow{
			Name: text(r.Outputs, "displayName"), Definition: id, DefinitionLink: Link{Text: resourceid.Name(id)}, Effect: m.effect(r, id),
			Enforced: text(r.Outputs, "enforcementMode") != "DoNotEnforce", Scope: m.link(resourceid.Parent(r.ID)),
			Description: text(r.Outputs, "description"), Anchor: r.Anchor(), Parameters: parametersOf(r),
			definition: strings.ToLower(resourceid.Name(id)), scopes: resourceid.Parent(r.ID),
		}
		if m.find(id) != nil {
			row.DefinitionLink = m.link(id)
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b policyRow) int {
		return cmp.Or(cmp.Compare(len(a.scopes), len(b.scopes)), cmp.Compare(a.scopes, b.scopes), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

// Mode is the enforcement mode in words.
func (p policyRow) Mode() string {
	if p.Enforced {
		return "enforced"
	}
	return "reports only"
}

// Custom says whether the definition is the stack's own.
func (p policyRow) Custom() bool { return p.DefinitionLink.Target != "" }

// effect is what the assignment sets, or else what the definition does by itself.
func (m *model) effect(assignment *Resource, definitionID string) string {
	if set := text(assignment.Outputs, "parameters", "effect", "value"); set != "" {
		return set
	}
	if own := ownEffects[strings.ToLower(resourceid.Name(definitionID))]; own != "" {
		return own
	}
	definition := m.find(definitionID)
	if definition == nil {
		return "that of the definition"
	}
	if own := text(definition.Outputs, "policyRule", "then", "effect"); own != "" && !strings.HasPrefix(own, "[") {
		return own
	}
	if standard := text(definition.Outputs, "parameters", "effect", "defaultValue"); standard != "" {
		return standard
	}
	var effects []string
	for _, member := range tree.List(definition.Outputs, "policyDefinitions") {
		effects = union(effects, []string{m.effect(&Resource{}, text(member, "policyDefinitionId"))})
	}
	return strings.Join(effects, ", ")
}

// parametersOf leaves out the effect, which has a column of its own.
func parametersOf(r *Resource) []parameter {
	var found []parameter
	for _, name := range tree.Names(r.Outputs, "parameters") {
		if name == "effect" {
			continue
		}
		value := tree.At(r.Outputs, "parameters", name, "value")
		if items, isList := value.([]any); isList {
			found = append(found, parameter{Name: name, Value: listWords(items), Values: texts(items)})
			continue
		}
		words := text(value)
		if words == "" {
			words = compact(value)
		}
		found = append(found, parameter{Name: name, Value: words})
	}
	return found
}

func listWords(items []any) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(texts(items), ", ")
}

// compact writes an object on one line.
func compact(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		// What came from JSON can be written as JSON.
		return ""
	}
	return string(encoded)
}
