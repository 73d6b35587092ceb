package azuresim

import (
	"regexp"
	"slices"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// managedSchedules are the names that AKS gives a meaning to, besides default, which is for weekly releases of the service (Azure
// document "Use planned maintenance to schedule maintenance windows").
var managedSchedules = []string{"aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"}

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
	{"daily", "intervalDays", 7}, {"weekly", "intervalWeeks", 4}, {"absoluteMonthly", "intervalMonths", 6}, {"relativeMonthly", "intervalMonths", 6},
}

func checkMaintenance(op *operation) error {
	const code = "InvalidMaintenanceConfiguration"
	name, window := resourceid.Name(op.id), tree.At(op.inputs, "maintenanceWindow")
	if name == "default" {
		if len(tree.List(op.inputs, "timeInWeek")) == 0 {
			return badRequest(code, "%s needs timeInWeek", op.id)
		}
		return nil
	}
	if !slices.Contains(managedSchedules, name) {
		return badRequest("InvalidMaintenanceConfigurationName", "%s must be named default, %s or %s",
			op.id, managedSchedules[0], managedSchedules[1])
	}
	if window == nil {
		return badRequest(code, "%s needs maintenanceWindow", op.id)
	}
	if hours, _ := tree.Number(window, "durationHours"); hours < 4 || hours > 24 {
		return badRequest(code, "%s: durationHours must be 4 to 24", op.id)
	}
	if !startTime.MatchString(tree.Text(window, "startTime")) {
		return badRequest(code, "%s: startTime must look like 02:00, not %q", op.id, tree.Text(window, "startTime"))
	}
	if offset := tree.Text(window, "utcOffset"); offset != "" && !utcOffset.MatchString(offset) {
		return badRequest(code, "%s: utcOffset must look like +00:00, not %q", op.id, offset)
	}
	schedules := 0
	for _, interval := range scheduleIntervals {
		schedule := tree.At(window, "schedule", interval.schedule)
		if schedule == nil {
			continue
		}
		schedules++
		if every, _ := tree.Number(schedule, interval.property); every < 1 || every > interval.longest {
			return badRequest(code, "%s: %s must be 1 to %v", op.id, interval.property, interval.longest)
		}
		if day := tree.Text(schedule, "dayOfWeek"); (interval.schedule == "weekly" || interval.schedule == "relativeMonthly") &&
			!slices.Contains(weekdays, day) {
			return badRequest(code, "%s: %q is not a day of the week", op.id, day)
		}
	}
	if schedules != 1 {
		return badRequest(code, "%s needs exactly one schedule, not %d", op.id, schedules)
	}
	if tree.At(window, "schedule", "daily") != nil && name == "aksManagedAutoUpgradeSchedule" {
		return badRequest(code, "%s: a daily schedule is for node images only", op.id)
	}
	return nil
}
