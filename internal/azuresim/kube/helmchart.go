package kube

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/tree"
)

// VirtualNodeRepository is where the one chart is that the simulator knows.
const VirtualNodeRepository = "https://microsoft.github.io/virtualnodesOnAzureContainerInstances"

// mirrorOfAzure is where the chart's images are that a release leaves as they are; nodes reach it, or they would not have joined.
const mirrorOfAzure = "mcr.microsoft.com/"

// chartVersion is 1, minor and patch version of the kubelet, and the day of the release: 1.MMPP.YYMMDDNN.
var chartVersion = regexp.MustCompile(`^1\.(\d{2})\d{2}\.\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{2}$`)

// checkChart refuses a chart that the simulator does not know, and one whose kubelet is newer than the cluster.
func checkChart(cluster *arm.Record, inputs map[string]any) error {
	chart, repository, version := tree.Text(inputs, "chart"), tree.Text(inputs, "repositoryOpts", "repo"), tree.Text(inputs, "version")
	if chart != virtualNodeName || !strings.EqualFold(strings.TrimSuffix(repository, "/"), VirtualNodeRepository) {
		return fmt.Errorf("the simulator does not know chart %q of repository %q; it knows %s of %s",
			chart, repository, virtualNodeName, VirtualNodeRepository)
	}
	match := chartVersion.FindStringSubmatch(version)
	if match == nil {
		return fmt.Errorf("chart %q version %q not found in %s repository: its versions are such as 1.3508.26100701", chart, version, repository)
	}
	// The pattern lets only digits through.
	minor, _ := strconv.Atoi(match[1])
	if runs := tree.Text(cluster.Outputs, "currentKubernetesVersion"); minor > aks.MinorOf(runs) {
		return fmt.Errorf("chart %s %s brings a kubelet of Kubernetes 1.%d, which is newer than the %s of %s", chart, version, minor, runs,
			cluster.ID)
	}
	return nil
}

// chartContainer is a container of the chart, whose image is the value images.<name>Image, and what it asks for and may take.
type chartContainer struct{ name, cpu, memory, mostCPU, mostMemory string }

// chartContainers are those of a virtual node, and the one of the admission controller.
var (
	chartContainers = []chartContainer{
		{"kubelet", "1", "3G", "3", "9G"}, {"virtualcsi", "0", "0", "2", "9G"}, {"crisockettotcpadapter", "0", "0", "2", "9G"},
		{"spdycompat", "0", "0", "2", "9G"}, {"proxycri", "1800m", "6G", "3", "12G"}, {"noddriverregistrar", "0", "0", "2", "9G"},
	}
	chartController = []chartContainer{{"admissioncontroller", "100m", "512Mi", "500m", "1G"}}
)

// chartObjects is what the chart makes of a release's values, as far as the simulator looks at it: what has pods.
func chartObjects(release map[string]any) []*unstructured.Unstructured {
	values := tree.Object(release, "spec", "values")
	return []*unstructured.Unstructured{
		chartObject(release, "StatefulSet", virtualNodeName, "replicaCount", chartContainers, helperImages(values)),
		chartObject(release, "Deployment", "virtual-node-admission-controller", "admissionControllerReplicaCount", chartController, nil),
	}
}

func chartObject(release map[string]any, kind, name, count string, containers []chartContainer, first []any) *unstructured.Unstructured {
	values := tree.Object(release, "spec", "values")
	spec := map[string]any{
		"nodeSelector": map[string]any{"kubernetes.io/os": "linux"}, "containers": fillContainers(values, containers), "initContainers": first,
	}
	for _, given := range []string{"tolerations", "affinity"} {
		if value := values[given]; value != nil {
			spec[given] = tree.Clone(value)
		}
	}
	for label, value := range tree.Object(values, "nodeSelector") {
		tree.Object(spec, "nodeSelector")[label] = value
	}
	replicas, set := tree.Number(values, count)
	if !set {
		replicas = 1
	}
	chart := tree.Text(release, "spec", "chart") + "-" + tree.Text(release, "spec", "version")
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": kind,
		"metadata": map[string]any{
			"namespace": tree.Text(release, "metadata", "namespace"), "name": name, "labels": map[string]any{chartLabel: chart},
		},
		"spec": map[string]any{"replicas": replicas, "template": map[string]any{"spec": spec}},
	}}
}

// fillContainers are containers with what a release's values say of them.
func fillContainers(values map[string]any, containers []chartContainer) []any {
	variables, made := chartVariables(values), []any{}
	for _, c := range containers {
		container := map[string]any{"name": c.name, "env": environmentEntries(variables[c.name]), "resources": map[string]any{
			"requests": map[string]any{"cpu": c.cpu, "memory": c.memory}, "limits": map[string]any{"cpu": c.mostCPU, "memory": c.mostMemory},
		}}
		if image := privateImage(values, c.name+"Image"); image != "" {
			container["image"] = image
		}
		made = append(made, container)
	}
	return made
}

// helperImages are containers for the images of a release that are in none of those: what runs first, and what container groups get.
func helperImages(values map[string]any) []any {
	helpers := []any{}
	for _, name := range slices.Sorted(maps.Keys(tree.Object(values, "images"))) {
		known := slices.ContainsFunc(slices.Concat(chartContainers, chartController),
			func(c chartContainer) bool { return c.name+"Image" == name })
		if image := privateImage(values, name); strings.HasSuffix(name, "Image") && !known && image != "" {
			helpers = append(helpers, map[string]any{"name": strings.TrimSuffix(name, "Image"), "image": image})
		}
	}
	return helpers
}

// privateImage is an image that a release has from elsewhere than the chart has it by itself, or empty.
func privateImage(values map[string]any, name string) string {
	image := tree.Text(values, "images", name)
	if strings.HasPrefix(image, mirrorOfAzure) {
		return ""
	}
	return image
}

// chartVariables are the variables that the chart's values decide on, by container.
func chartVariables(values map[string]any) map[string]map[string]string {
	subnet := tree.Text(values, "aciSubnetName")
	if subnet == "" {
		subnet = "cg"
	}
	access := tree.At(values, "acrTrustedAccess")
	return map[string]map[string]string{
		"kubelet": {
			"ACR_TRUSTED_ACCESS_ENABLED": quotedValue(tree.At(access, "enabled")), "ACR_TRUSTED_ACCESS_PRINCIPAL_ID": tree.Text(access,
				"identityPrincipalId"),
		},
		"proxycri": {
			"ResourceGroup": tree.Text(values, "aciResourceGroupName"), "Subnet": subnet,
			"VirtualNode_ACR_TRUSTED_ACCESS_IDENTITY": tree.Text(access, "identityResourceId"),
		},
	}
}

// quotedValue is a value of a chart as quoted text.
func quotedValue(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func environmentEntries(variables map[string]string) []any {
	entries := []any{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		entries = append(entries, map[string]any{"name": name, "value": variables[name]})
	}
	return entries
}
