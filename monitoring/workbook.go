package monitoring

import (
	"encoding/json"
	"fmt"

	insights "github.com/pulumi/pulumi-azure-native-sdk/insights/v2/v20230601"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// workbookView is one query of the workbook, with a sentence on what it shows and what it cannot show.
type workbookView struct {
	name, title, text, query string
	// visualization is table, piechart or barchart.
	visualization string
	// resourceGraph queries Azure Resource Graph instead of the workspace.
	resourceGraph bool
}

// securityViews are the workbook's views in their order. Its audit views read AKSAuditAdmin: kube-audit is switched off, so that
// AKSAudit is empty.
var securityViews = []workbookView{
	{
		name: "alerts-by-severity", title: "Defender alerts by severity", visualization: "piechart",
		text: "Alerts on Kubernetes clusters. They appear once Defender for Cloud is connected to Microsoft Sentinel.",
		query: latestAlerts + `
| summarize Alerts = count() by AlertSeverity`,
	},
	{
		name: "alert-history", title: "Alert history", visualization: "barchart",
		query: latestAlerts + `
| summarize Alerts = count() by bin(TimeGenerated, 1d), AlertSeverity`,
	},
	{
		name: "alerts-by-cluster", title: "Alerts by cluster", visualization: "table",
		query: latestAlerts + `
| summarize Alerts = count(), Latest = max(TimeGenerated) by Cluster, AlertSeverity, AlertName
| order by Latest desc`,
	},
	{
		name: "risky-operations", title: "Alerts on risky operations", visualization: "table",
		text: "Privileged containers, malicious exec, sensitive mounts and cluster-admin bindings that Defender found.",
		query: latestAlerts + `
| extend Finding = replace_regex(AlertType, "^(AKS|K8S)[._]", "")
| where Finding in ("PrivilegedContainer", "MaliciousContainerExec", "SensitiveMount", "ClusterAdminBinding")
| project TimeGenerated, Cluster, Finding, AlertSeverity, Description
| order by TimeGenerated desc`,
	},
	{
		name: "image-findings", title: "Vulnerable images", visualization: "table", resourceGraph: true,
		text: "Images with findings of Microsoft Defender Vulnerability Management.",
		query: `securityresources
| where type =~ "microsoft.security/assessments"
| where properties.status.code =~ "Unhealthy" and tostring(properties.resourceDetails.ResourceType) has "containerimage"
| extend Severity = tostring(properties.metadata.severity), Recommendation = tostring(properties.displayName)
| summarize Images = dcount(tostring(properties.resourceDetails.Id)) by Severity, Recommendation
| order by Images desc`,
	},
	{
		name: "privileged-containers", title: "Privileged containers", visualization: "table",
		text: "Requests to create pods with privileged containers, also those that were refused.",
		query: createdPods + `
| mv-expand Containers = pack_array(RequestObject.spec.containers, RequestObject.spec.initContainers)
| mv-expand Container = Containers
| where tobool(Container.securityContext.privileged)
| project TimeGenerated, Namespace, Pod, Container = tostring(Container.name), Image = tostring(Container.image),
    Requester, Code
| order by TimeGenerated desc`,
	},
	{
		name: "exec", title: "Commands in containers", visualization: "table",
		text: "Only sessions opened with POST are here. kubectl 1.30 and later opens them with GET, over WebSocket, and " +
			"kube-audit-admin holds neither get nor list. For those see the alerts of Defender and of Falco.",
		query: `AKSAuditAdmin
| where Verb == "create" and ObjectRef.resource == "pods" and ObjectRef.subresource in ("exec", "attach")
| extend Command = url_decode(strcat_array(extract_all("[?&]command=([^&]*)", RequestUri), " "))
| project TimeGenerated, Namespace = tostring(ObjectRef.namespace), Pod = tostring(ObjectRef.name), Command,
    Requester = tostring(User.username), Code = toint(ResponseStatus.code)
| order by TimeGenerated desc`,
	},
	{
		name: "host-path-mounts", title: "Mounts of host directories", visualization: "table",
		query: createdPods + `
| mv-expand Volume = RequestObject.spec.volumes
| extend HostPath = tostring(Volume.hostPath.path)
| where isnotempty(HostPath)
| project TimeGenerated, Namespace, Pod, HostPath, Requester, Code
| order by TimeGenerated desc`,
	},
	{
		name: "cluster-admin-bindings", title: "Bindings to cluster-admin", visualization: "table",
		query: `AKSAuditAdmin
| where Verb in ("create", "update", "patch") and ObjectRef.resource in ("clusterrolebindings", "rolebindings")
| where RequestObject.roleRef.name == "cluster-admin" or ResponseObject.roleRef.name == "cluster-admin"
| project TimeGenerated, Verb, Kind = tostring(ObjectRef.resource), Namespace = tostring(ObjectRef.namespace),
    Binding = coalesce(tostring(ObjectRef.name), tostring(RequestObject.metadata.name)),
    Subjects = coalesce(tostring(RequestObject.subjects), tostring(ResponseObject.subjects)),
    Requester = tostring(User.username), Code = toint(ResponseStatus.code)
| order by TimeGenerated desc`,
	},
	{
		name: "deleted-events", title: "Deleted Kubernetes events", visualization: "table",
		text: "Somebody who deletes events may be covering tracks.",
		query: `AKSAuditAdmin
| where Verb in ("delete", "deletecollection") and ObjectRef.resource == "events"
| project TimeGenerated, Verb, Namespace = tostring(ObjectRef.namespace), Event = tostring(ObjectRef.name),
    Requester = tostring(User.username), SourceIps = tostring(SourceIps), Code = toint(ResponseStatus.code)
| order by TimeGenerated desc`,
	},
}

// latestAlerts are the alerts on clusters, each in its latest state.
const latestAlerts = `SecurityAlert
| where ResourceId has "Microsoft.ContainerService/managedClusters"
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| extend Cluster = tostring(split(ResourceId, "/")[8])`

// createdPods are the requests to create pods, by people and by controllers.
const createdPods = `AKSAuditAdmin
| where Verb == "create" and ObjectRef.resource == "pods" and isempty(tostring(ObjectRef.subresource))
| extend Namespace = tostring(ObjectRef.namespace), Requester = tostring(User.username), Code = toint(ResponseStatus.code),
    Pod = coalesce(tostring(ObjectRef.name), tostring(ResponseObject.metadata.name),
    tostring(RequestObject.metadata.generateName))`

// newWorkbook registers the workbook on the security of the cluster. It stands in for one that reads kube-audit.
func newWorkbook(
	ctx *pulumi.Context, name string, args *MonitoringArgs, workspaceID pulumi.StringOutput, opts ...pulumi.ResourceOption,
) error {
	names := args.Names()
	guid, err := random.NewRandomUuid(ctx, name, &random.RandomUuidArgs{}, opts...)
	if err != nil {
		return fmt.Errorf("name of workbook: %w", err)
	}
	data := workspaceID.ApplyT(func(id string) (string, error) {
		return workbookData("Security of cluster "+names.Cluster, args.SubscriptionID, id)
	}).(pulumi.StringOutput)
	_, err = insights.NewWorkbook(ctx, name, &insights.WorkbookArgs{
		// Azure wants a GUID as a workbook's name.
		ResourceName:      guid.Result,
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		Tags:              pulumi.ToStringMap(args.Tags),
		DisplayName:       pulumi.String("Azure Kubernetes Service (AKS) Security - " + names.Workspace),
		Kind:              pulumi.String("shared"),
		Category:          pulumi.String("sentinel"),
		SourceId:          workspaceID.ToStringPtrOutput(),
		Version:           pulumi.String("Notebook/1.0"),
		SerializedData:    data,
	}, opts...)
	if err != nil {
		return fmt.Errorf("workbook of stamp %s: %w", args.Stamp.Name, err)
	}
	return nil
}

// Types of workbook items, and of what a query goes to (JSON schema of the Azure document "Azure Workbooks").
const (
	itemText, itemQuery, itemParameters = 1, 3, 9
	queryLogs, queryResourceGraph       = 0, 1
	parameterTimeRange                  = 4
)

// workbookDays are the time ranges to choose from, in days; the first is the default.
var workbookDays = []int64{7, 1, 30, 90}

// workbookData is the workbook's content as JSON. subscriptionID is a GUID, workspaceID an Azure resource id.
func workbookData(title, subscriptionID, workspaceID string) (string, error) {
	const workspaceType = "microsoft.operationalinsights/workspaces"
	var ranges []map[string]any
	for _, days := range workbookDays {
		ranges = append(ranges, map[string]any{"durationMs": days * 24 * 60 * 60 * 1000})
	}
	text := func(name, markdown string) map[string]any {
		return map[string]any{"type": itemText, "name": name, "content": map[string]any{"json": markdown}}
	}
	items := []map[string]any{
		text("title", "# "+title),
		{"type": itemParameters, "name": "parameters", "content": map[string]any{
			"version": "KqlParameterItem/1.0", "style": "pills", "queryType": queryLogs, "resourceType": workspaceType,
			"parameters": []map[string]any{{
				"version": "KqlParameterItem/1.0", "name": "TimeRange", "label": "Time range", "type": parameterTimeRange,
				"isRequired": true, "value": ranges[0], "typeSettings": map[string]any{"selectableValues": ranges},
			}},
		}},
	}
	for _, view := range securityViews {
		if view.text != "" {
			items = append(items, text(view.name+"-text", view.text))
		}
		content := map[string]any{
			"version": "KqlItem/1.0", "title": view.title, "query": view.query, "visualization": view.visualization, "size": 0,
		}
		if view.resourceGraph {
			content["queryType"], content["resourceType"] = queryResourceGraph, "microsoft.resourcegraph/resources"
			content["crossComponentResources"] = []string{"/subscriptions/" + subscriptionID}
		} else {
			content["queryType"], content["resourceType"] = queryLogs, workspaceType
			content["timeContextFromParameter"] = "TimeRange"
		}
		items = append(items, map[string]any{"type": itemQuery, "name": view.name, "content": content})
	}
	data, err := json.Marshal(map[string]any{
		"version": "Notebook/1.0", "items": items, "fallbackResourceIds": []string{workspaceID}, "isLocked": false,
	})
	if err != nil {
		return "", fmt.Errorf("content of workbook: %w", err)
	}
	return string(data), nil
}
