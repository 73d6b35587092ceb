package azuresim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The one chart that the simulator knows.
const virtualNodeRepository = "https://microsoft.github.io/virtualnodesOnAzureContainerInstances"

// mirrorOfAzure is where the chart's images are that a release leaves as they are; nodes reach it, or they would not have joined.
const mirrorOfAzure = "mcr.microsoft.com/"

// chartVersion is 1, minor and patch version of the kubelet, and the day of the release: 1.MMPP.YYMMDDNN.
var chartVersion = regexp.MustCompile(`^1\.(\d{2})\d{2}\.\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{2}$`)

// checkChart refuses a chart that the simulator does not know, and one whose kubelet is newer than the cluster.
func checkChart(cluster *record, inputs map[string]any) error {
	chart, repository, version := text(inputs, "chart"), text(inputs, "repositoryOpts", "repo"), text(inputs, "version")
	if chart != virtualNodeName || !strings.EqualFold(strings.TrimSuffix(repository, "/"), virtualNodeRepository) {
		return fmt.Errorf("the simulator does not know chart %q of repository %q; it knows %s of %s",
			chart, repository, virtualNodeName, virtualNodeRepository)
	}
	match := chartVersion.FindStringSubmatch(version)
	if match == nil {
		return fmt.Errorf("chart %q version %q not found in %s repository: its versions are such as 1.3508.26100701", chart, version, repository)
	}
	// The pattern lets only digits through.
	minor, _ := strconv.Atoi(match[1])
	if runs := text(cluster.Outputs, "currentKubernetesVersion"); minor > minorOf(runs) {
		return fmt.Errorf("chart %s %s brings a kubelet of Kubernetes 1.%d, which is newer than the %s of %s", chart, version, minor, runs, cluster.ID)
	}
	return nil
}

// chartObjects is what the chart makes of a release's values, as far as the simulator looks at it: the StatefulSet.
func chartObjects(release map[string]any) []*unstructured.Unstructured {
	inputs := at(release, "spec")
	values := objectAt(inputs, "values")
	spec := map[string]any{
		"nodeSelector": map[string]any{"kubernetes.io/os": "linux"}, "tolerations": []any{}, "affinity": map[string]any{},
		"containers": chartContainers(values),
	}
	for _, given := range []string{"nodeSelector", "tolerations", "affinity"} {
		if value := values[given]; value != nil {
			spec[given] = clone(value)
		}
	}
	replicas, set := number(values, "replicaCount")
	if !set {
		replicas = 1
	}
	return []*unstructured.Unstructured{{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "StatefulSet",
		"metadata": map[string]any{
			"namespace": text(release, "metadata", "namespace"), "name": virtualNodeName,
			"labels": map[string]any{chartLabel: text(inputs, "chart") + "-" + text(inputs, "version")},
		},
		"spec": map[string]any{"replicas": replicas, "template": map[string]any{"spec": spec}},
	}}}
}

// chartContainers are the containers that the chart's values decide on, and one for each other image.
func chartContainers(values map[string]any) []any {
	subnet := text(values, "aciSubnetName")
	if subnet == "" {
		subnet = "cg"
	}
	access := at(values, "acrTrustedAccess")
	variables := map[string]map[string]string{
		"kubelet": {
			"ACR_TRUSTED_ACCESS_ENABLED": written(at(access, "enabled")), "ACR_TRUSTED_ACCESS_PRINCIPAL_ID": text(access, "identityPrincipalId"),
		},
		"proxycri": {
			"ResourceGroup": text(values, "aciResourceGroupName"), "Subnet": subnet,
			"VirtualNode_ACR_TRUSTED_ACCESS_IDENTITY": text(access, "identityResourceId"),
		},
	}
	images := objectAt(values, "images")
	names := []string{"kubelet", "proxycri"}
	for _, name := range slices.Sorted(maps.Keys(images)) {
		if short, is := strings.CutSuffix(name, "Image"); is && !slices.Contains(names, short) {
			names = append(names, short)
		}
	}
	containers := make([]any, len(names))
	for i, name := range names {
		container := map[string]any{"name": name, "env": environment(variables[name])}
		if image := text(images, name+"Image"); image != "" && !strings.HasPrefix(image, mirrorOfAzure) {
			container["image"] = image
		}
		containers[i] = container
	}
	return containers
}

// written is a value of a chart as quoted text.
func written(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func environment(variables map[string]string) []any {
	entries := []any{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		entries = append(entries, map[string]any{"name": name, "value": variables[name]})
	}
	return entries
}
