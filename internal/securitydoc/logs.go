package securitydoc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/recording"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
	"aks-regulated-pulumi/internal/typetoken"
)

// writeLogs writes which kinds of resources send which logs where: by diagnostic settings and by data collection rules.
func writeLogs(tables map[string]string, m *recording.Monitor) error {
	sent := map[string][]string{}
	for _, r := range m.OfType(typetoken.Diagnostic) {
		target := tree.Text(r.Inputs, "resourceUri")
		workspace := tree.Text(r.Inputs, "workspaceId")
		if workspace == "" {
			return fmt.Errorf("write logs: %s sends to no workspace", r)
		}
		to := code(readable(resourceid.Name(workspace)))
		if resourceid.Equal(target, workspace) {
			to = "itself"
		}
		row := strings.Join([]string{code(resourceid.Type(target)), categories(r, "logs"), categories(r, "metrics"), to}, "\n")
		sent[row] = append(sent[row], code(readable(resourceid.Name(target))))
	}
	t := newTable("Type", "Logs", "Metrics", "Workspace", "Resources")
	for _, row := range slices.Sorted(maps.Keys(sent)) {
		t.add(append(strings.Split(row, "\n"), strings.Join(sent[row], ", "))...)
	}
	tables["diagnostic settings"] = t.String()

	rules := newTable("Data collection rule", "What", "Destination")
	for _, r := range m.OfType(typetoken.CollectionRule) {
		var streams []string
		for _, flow := range tree.List(r.Inputs, "dataFlows") {
			streams = append(streams, tree.Texts(flow, "streams")...)
		}
		what := code(streams...)
		for _, source := range tree.List(r.Inputs, "dataSources", "syslog") {
			what += "; syslog of " + code(tree.Texts(source, "facilityNames")...) + " at levels " + code(tree.Texts(source, "logLevels")...)
		}
		var destinations []string
		for _, kind := range tree.Names(r.Inputs, "destinations") {
			for _, destination := range tree.List(r.Inputs, "destinations", kind) {
				id := tree.Text(destination, "workspaceResourceId") + tree.Text(destination, "accountResourceId")
				destinations = append(destinations, code(readable(resourceid.Name(id))))
			}
		}
		rules.add(code(readable(tree.Text(r.Inputs, "dataCollectionRuleName"))), what, strings.Join(destinations, ", "))
	}
	tables["data collection rules"] = rules.String()
	return nil
}

// categories are the enabled categories and groups of categories of a diagnostic setting.
func categories(setting recording.Registration, property string) string {
	var names []string
	for _, entry := range tree.List(setting.Inputs, property) {
		if tree.Truth(entry, "enabled") {
			names = append(names, tree.Text(entry, "category")+tree.Text(entry, "categoryGroup"))
		}
	}
	return code(names...)
}
