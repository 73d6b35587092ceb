package cluster

import (
	"fmt"

	containerservice "github.com/pulumi/pulumi-azure-native-sdk/containerservice/v2/v20240901"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newMaintenanceWindows registers when AKS may upgrade by itself; without windows it may at any hour. The names are AKS's own
// (Azure document "Use planned maintenance to schedule and control upgrades for your AKS cluster", 2025-12-19).
func newMaintenanceWindows(
	ctx *pulumi.Context, name string, args *ClusterArgs, clusterName pulumi.StringInput, before []pulumi.Resource, child pulumi.ResourceOption,
) error {
	maintenance := args.Cluster
	for _, window := range []struct{ logicalName, configName string }{
		// AKS's weekly releases: control plane components and add-ons.
		{"releases", "default"},
		{"upgrade", "aksManagedAutoUpgradeSchedule"},
		{"nodeos", "aksManagedNodeOSUpgradeSchedule"},
	} {
		logicalName := name + "-" + window.logicalName
		registered, err := containerservice.NewMaintenanceConfiguration(ctx, logicalName, &containerservice.MaintenanceConfigurationArgs{
			ConfigName:        pulumi.String(window.configName),
			ResourceName:      clusterName,
			ResourceGroupName: args.ResourceGroupName,
			// No start date: AKS takes the day of creation, and a fixed one would only age.
			MaintenanceWindow: containerservice.MaintenanceWindowArgs{
				Schedule: containerservice.ScheduleArgs{Weekly: containerservice.WeeklyScheduleArgs{
					IntervalWeeks: pulumi.Int(1), DayOfWeek: pulumi.String(maintenance.MaintenanceDay),
				}},
				StartTime:     pulumi.String(maintenance.MaintenanceStart),
				UtcOffset:     pulumi.String("+00:00"),
				DurationHours: pulumi.Int(maintenance.MaintenanceHours),
			},
			// AKS makes one change of a cluster at a time.
		}, child, pulumi.DependsOn(before))
		if err != nil {
			return fmt.Errorf("maintenance window %s: %w", window.configName, err)
		}
		before = []pulumi.Resource{registered}
	}
	return nil
}
