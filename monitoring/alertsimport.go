package monitoring

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/stamp"
)

// importQuery finds imports into live/ from anywhere but quarantine/ of the same registry. For an import, the column
// MediaType holds the source: the id of a registry, or its host name, followed by the repository. Azure disables a rule whose query fails
// for a week, as it does while the table has had no rows for a month (Azure document "Troubleshoot log search alerts"): in the union with
// an empty table, a missing one is no failure.
const importQuery = `union isfuzzy=true
    (datatable(TimeGenerated: datetime, OperationName: string, Repository: string, MediaType: string, _ResourceId: string) []),
    ContainerRegistryRepositoryEvents
| where OperationName =~ "importImage"
| where Repository startswith "live/"
| where not(MediaType startswith strcat(_ResourceId, "/quarantine/"))`

// ImageImportAlertArgs configures NewImageImportAlert.
type ImageImportAlertArgs struct {
	stamp.Site
	Monitoring *Monitoring
	// RegistryName is the name of the container registry, RegistryID its Azure resource id.
	RegistryName string
	RegistryID   pulumi.StringInput
}

// NewImageImportAlert registers the alert on images that reach a registry's live/ from elsewhere than its quarantine/. It cannot
// prevent an import; role assignments decide who may import at all.
func NewImageImportAlert(
	ctx *pulumi.Context, name string, args *ImageImportAlertArgs, opts ...pulumi.ResourceOption,
) error {
	return newQueryAlert(ctx, name, &queryAlertArgs{
		Site: args.Site, Monitoring: args.Monitoring,
		Name:        "Image Imported into ACR from " + args.RegistryName + " source other than approved Quarantine",
		Description: "An image came into live/ from elsewhere than quarantine/ of this registry, past every scan.",
		Query:       importQuery, Severity: 3, Frequency: "PT10M", Window: "PT10M", Scope: args.RegistryID,
		Aggregation: "Count", Operator: "GreaterThan", Threshold: 0, FailingPeriods: 1, OutOf: 1,
	}, opts...)
}
