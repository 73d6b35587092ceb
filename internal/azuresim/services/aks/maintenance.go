package aks

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

var maintenanceKind = &arm.Kind{
	Token: "containerservice:MaintenanceConfiguration",
	Path:  arm.GroupPath + "/providers/Microsoft.ContainerService/managedClusters/{resourceName}/maintenanceConfigurations/{configName}",
	Name:  regexp.MustCompile(`^[a-zA-Z]\w{0,62}$`), Create: 5 * time.Second, Update: 5 * time.Second, Remove: 5 * time.Second,
	Rules: []func(*arm.Operation) error{checkMaintenance}, Locks: lockCluster, Busy: clusterBusy,
}

// schedulesOf are the names that AKS gives a meaning to, with the schedules of each; default is for weekly releases of the service (Azure
// document "Use planned maintenance to schedule and control upgrades", 2025-12-19).
var schedulesOf = map[string][]string{
	"default":                         {"weekly"},
	"aksManagedAutoUpgradeSchedule":   {"daily", "weekly", "absoluteMonthly", "relativeMonthly"},
	"aksManagedNodeOSUpgradeSchedule": {"daily", "weekly", "absoluteMonthly", "relativeMonthly"},
}

var (
	startTime = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
	utcOffset = regexp.MustCompile(`^[+-](0\d|1[0-4]):[0-5]\d$`)
	weekdays  = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
)

// scheduleIntervals are the schedules of a maintenance window and how long each can be.
var scheduleIntervals = []struct {
	schedule, property string
	longest            float64
}{
	{"daily", "intervalDays", 7}, {"weekly", "intervalWeeks", 4}, {"absoluteMonthly", "intervalMonths", 6}, {"relativeMonthly",
		"intervalMonths", 6},
}

func checkMaintenance(op *arm.Operation) error {
	const code = "InvalidMaintenanceConfiguration"
	name, window := resourceid.Name(op.ID), tree.At(op.Inputs, "maintenanceWindow")
	allowed, known := schedulesOf[name]
	if !known {
		return arm.BadRequest("InvalidMaintenanceConfigurationName", "%s must be named %s",
			op.ID, strings.Join(slices.Sorted(maps.Keys(schedulesOf)), " or "))
	}
	if name == "default" && window == nil && len(tree.List(op.Inputs, "timeInWeek")) > 0 {
		return nil // deprecated, and migrated
	}
	if window == nil {
		return arm.BadRequest(code, "%s needs maintenanceWindow", op.ID)
	}
	if hours, _ := tree.Number(window, "durationHours"); hours < 4 || hours > 24 {
		return arm.BadRequest(code, "%s: durationHours must be 4 to 24", op.ID)
	}
	if !startTime.MatchString(tree.Text(window, "startTime")) {
		return arm.BadRequest(code, "%s: startTime must look like 02:00, not %q", op.ID, tree.Text(window, "startTime"))
	}
	if offset := tree.Text(window, "utcOffset"); offset != "" && !utcOffset.MatchString(offset) {
		return arm.BadRequest(code, "%s: utcOffset must look like +00:00, not %q", op.ID, offset)
	}
	schedules := 0
	for _, interval := range scheduleIntervals {
		schedule := tree.At(window, "schedule", interval.schedule)
		if schedule == nil {
			continue
		}
		schedules++
		if !slices.Contains(allowed, interval.schedule) {
			return arm.BadRequest(code, "%s: a %s schedule is not supported; %s is", op.ID, interval.schedule, strings.Join(allowed, " or "))
		}
		if every, _ := tree.Number(schedule, interval.property); every < 1 || every > interval.longest {
			return arm.BadRequest(code, "%s: %s must be 1 to %v", op.ID, interval.property, interval.longest)
		}
		if day := tree.Text(schedule, "dayOfWeek"); (interval.schedule == "weekly" || interval.schedule == "relativeMonthly") &&
			!slices.Contains(weekdays, day) {
			return arm.BadRequest(code, "%s: %q is not a day of the week", op.ID, day)
		}
	}
	if schedules != 1 {
		return arm.BadRequest(code, "%s needs exactly one schedule, not %d", op.ID, schedules)
	}
	return nil
}
