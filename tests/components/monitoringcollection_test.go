package components

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"aks-regulated-pulumi/internal/typetoken"
	"aks-regulated-pulumi/monitoring"
)

func collectionRuleID(name string) string {
	return armPath(monitoredGroup, "Microsoft.Insights/dataCollectionRules/"+name)
}

// collectionRuleFact is what all collection rules have in common.
func collectionRuleFact(name, description string, more object) object {
	fact := object{
		"dataCollectionRuleName": name, "description": description, "resourceGroupName": monitoredGroup, "location": "eastus2",
		"tags": testTags, "kind": "Linux",
	}
	maps.Copy(fact, more)
	return fact
}

// Prometheus metrics of the cluster go through their own endpoint to the Azure Monitor workspace, and to nowhere else.
func TestMonitoringPrometheusRule(t *testing.T) {
	m := deployMonitoring(t, nil)
	assertInputs(t, m.one(t, typetoken.CollectionEndpoint, "monitoring"), object{
		"dataCollectionEndpointName": "MSProm-eastus2-" + monitoredCluster, "resourceGroupName": monitoredGroup,
		"location": "eastus2", "tags": testTags, "kind": "Linux", "networkAcls": object{"publicNetworkAccess": "Enabled"},
	})
	assertInputs(t, m.one(t, typetoken.CollectionRule, "monitoring-prometheus"), collectionRuleFact(
		"MSProm-eastus2-"+monitoredCluster, "Prometheus metrics of the cluster", object{
			"dataCollectionEndpointId": monitoredEndpoint,
			"dataSources": object{"prometheusForwarder": list{object{
				"name": "PrometheusDataSource", "streams": list{"Microsoft-PrometheusMetrics"}, "labelIncludeFilter": object{},
			}}},
			"destinations": object{"monitoringAccounts": list{object{
				"name": "azureMonitorWorkspace", "accountResourceId": monitoredMetricsID,
			}}},
			"dataFlows": list{object{
				"streams": list{"Microsoft-PrometheusMetrics"}, "destinations": list{"azureMonitorWorkspace"},
			}},
		}))
}

var logDestination = object{"logAnalytics": list{object{
	"name": "logAnalyticsWorkspace", "workspaceResourceId": monitoredLogsID,
}}}

// Container insights sends each kind of data once a minute, of all namespaces, container logs in the current schema; nodes send
// what syslog holds from warnings up.
func TestMonitoringContainerInsightsRule(t *testing.T) {
	streams := list{
		"Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory", "Microsoft-KubeNodeInventory",
		"Microsoft-KubePVInventory", "Microsoft-KubeServices", "Microsoft-KubeMonAgentEvents", "Microsoft-InsightsMetrics",
		"Microsoft-ContainerInventory", "Microsoft-ContainerNodeInventory", "Microsoft-Perf",
	}
	assertInputs(t, deployMonitoring(t, nil).one(t, typetoken.CollectionRule, "monitoring-containers"), collectionRuleFact(
		"MSCI-eastus2-"+monitoredCluster, "Container insights and syslog of the cluster", object{
			"dataSources": object{
				"syslog": list{object{
					"name": "sysLogsDataSource", "streams": list{"Microsoft-Syslog"},
					"facilityNames": list{
						"auth", "authpriv", "cron", "daemon", "mark", "kern", "local0", "local1", "local2", "local3", "local4", "local5",
						"local6", "local7", "lpr", "mail", "news", "syslog", "user", "uucp",
					},
					"logLevels": list{"Warning", "Error", "Critical", "Alert", "Emergency"},
				}},
				"extensions": list{object{
					"name": "ContainerInsightsExtension", "extensionName": "ContainerInsights", "streams": streams,
					"extensionSettings": object{"dataCollectionSettings": object{
						"interval": "1m", "namespaceFilteringMode": "Off", "enableContainerLogV2": true,
					}},
				}},
			},
			"destinations": logDestination,
			"dataFlows": list{object{
				"streams": append(list{"Microsoft-Syslog"}, streams...), "destinations": list{"logAnalyticsWorkspace"},
			}},
		}))
}

// Jump boxes send who signed in and became root, not only what failed, and how loaded they are.
func TestMonitoringJumpBoxRule(t *testing.T) {
	assertInputs(t, deployMonitoring(t, nil).one(t, typetoken.CollectionRule, "monitoring-jumpboxes"), collectionRuleFact(
		"dcr-eastus2-"+monitoredCluster+"-jumpboxes", "Syslog and performance of the jump boxes", object{
			"dataSources": object{
				"syslog": list{object{
					"name": "sysLogsDataSource", "streams": list{"Microsoft-Syslog"}, "facilityNames": list{"auth", "authpriv", "daemon"},
					"logLevels": list{"Info", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency"},
				}},
				"performanceCounters": list{object{
					"name": "perfCountersDataSource", "streams": list{"Microsoft-Perf"}, "samplingFrequencyInSeconds": 60,
					"counterSpecifiers": list{
						`Processor(*)\% Processor Time`, `Memory(*)\% Used Memory`, `Memory(*)\Available MBytes Memory`,
						`Logical Disk(*)\% Used Space`, `Network(*)\Total Bytes Received`, `Network(*)\Total Bytes Transmitted`,
					},
				}},
			},
			"destinations": logDestination,
			"dataFlows": list{object{
				"streams": list{"Microsoft-Syslog", "Microsoft-Perf"}, "destinations": list{"logAnalyticsWorkspace"},
			}},
		}))
}

// Azure takes 44 characters for an endpoint's name and 64 for a rule's, which holds in the regions with the longest names.
func TestMonitoringNameLengths(t *testing.T) {
	for _, region := range []string{"germanywestcentral", "australiasoutheast"} {
		m := deploy(t, func(ctx *pulumi.Context) error {
			cfg := loadConfig(t, settings{"location": region, "zones": "[]"})
			_, err := monitoring.NewMonitoring(ctx, "monitoring", &monitoring.MonitoringArgs{
				Site: siteOf(cfg, cfg.Stamps[0]), Monitoring: cfg.Monitoring,
			})
			return err
		})
		name := m.one(t, typetoken.CollectionEndpoint, "monitoring").Inputs["dataCollectionEndpointName"].(string)
		assert.Contains(t, name, region)
		assert.LessOrEqual(t, len(name), 44)
		for _, r := range m.OfType(typetoken.CollectionRule) {
			assert.LessOrEqual(t, len(r.Inputs["dataCollectionRuleName"].(string)), 64, "%s", r)
		}
	}
}
