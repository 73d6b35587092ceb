package kube

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/services/aks"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// InvalidFlux is the code of a Flux configuration that Azure refuses.
const InvalidFlux = "InvalidFluxConfiguration"

// longestInterval is the most seconds that Azure takes for an interval or a timeout.
const longestInterval = 35791394

// checkFluxExtension demands the extension with the two controllers that a configuration needs. Azure would install a missing one by
// itself, with all controllers and outside of what the program declares; here it is an error.
func checkFluxExtension(op *arm.Operation) error {
	extension := aks.FluxOf(op.Sub, resourceid.Parent(op.ID))
	if extension == nil {
		return arm.BadRequest("FluxExtensionNotInstalled", "%s needs an extension of type %s in state Succeeded in the same cluster",
			op.ID, aks.FluxExtension)
	}
	for _, controller := range []string{"source-controller", "kustomize-controller"} {
		if !aks.HasController(extension, controller) {
			return arm.BadRequest("FluxControllerDisabled", "%s needs %s.enabled in extension %s", op.ID, controller, extension.ID)
		}
	}
	return nil
}

func checkFluxPlace(op *arm.Operation) error {
	if scope := tree.Text(op.Inputs, "scope"); !slices.Contains([]string{"", "cluster", "namespace"}, scope) {
		return arm.BadRequest(InvalidFlux, "%s: scope must be cluster or namespace, not %q", op.ID, scope)
	}
	if namespace := tree.Text(op.Inputs, "namespace"); namespace != "" && !aks.DNSLabel.MatchString(namespace) {
		return arm.BadRequest(InvalidFlux, "%s: %q is not the name of a namespace", op.ID, namespace)
	}
	return nil
}

// seconds that a configuration has, with their names.
var fluxSeconds = []string{"timeoutInSeconds", "syncIntervalInSeconds", "retryIntervalInSeconds"}

func checkSeconds(op *arm.Operation, where string, value any) error {
	for _, name := range fluxSeconds {
		if count, set := tree.Number(value, name); set && (count < 1 || count > longestInterval || count != float64(int(count))) {
			return arm.BadRequest(InvalidFlux, "%s: %s of %s must be a whole number from 1 to %d, not %v", op.ID, name, where, longestInterval,
				count)
		}
	}
	return nil
}

// substitution is how Flux lets variables be named.
var substitution = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9]*$`)

func checkKustomizations(op *arm.Operation) error {
	kustomizations, _ := tree.At(op.Inputs, "kustomizations").(map[string]any)
	if len(kustomizations) == 0 {
		return arm.BadRequest(InvalidFlux, "%s needs at least one kustomization", op.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(kustomizations)) {
		if err := checkKustomization(op, name, kustomizations); err != nil {
			return err
		}
	}
	if ordered := dependencyOrder(kustomizations); len(ordered) < len(kustomizations) {
		return arm.BadRequest(InvalidFlux, "%s: kustomizations depend on each other in a circle; only %v can be applied", op.ID, ordered)
	}
	return nil
}

func checkKustomization(op *arm.Operation, name string, all map[string]any) error {
	kustomization, where := all[name], "kustomization "+name
	// The object in the cluster is named after the configuration and the kustomization.
	if object := resourceid.Name(op.ID) + "-" + name; !aks.DNSLabel.MatchString(object) {
		return arm.BadRequest(InvalidFlux, "%s: %s is not a name; %s must match %s", op.ID, name, object, aks.DNSLabel)
	}
	if err := checkSeconds(op, where, kustomization); err != nil {
		return err
	}
	if directory := tree.Text(kustomization, "path"); strings.HasPrefix(path.Clean(directory), "..") {
		return arm.BadRequest(InvalidFlux, "%s: path %q of %s leads out of the repository", op.ID, directory, where)
	}
	for _, other := range tree.Texts(kustomization, "dependsOn") {
		if _, known := all[other]; !known || other == name {
			return arm.BadRequest(InvalidFlux, "%s: %s depends on %q, which is not another kustomization of the configuration", op.ID, where, other)
		}
	}
	// Their objects are in the cluster, where the simulator keeps none that Flux could read.
	if len(tree.List(kustomization, "postBuild", "substituteFrom")) > 0 {
		return arm.BadRequest(InvalidFlux, "%s: the simulator does not know substituteFrom of %s; use substitute", op.ID, where)
	}
	values, _ := tree.At(kustomization, "postBuild", "substitute").(map[string]any)
	for _, variable := range slices.Sorted(maps.Keys(values)) {
		if !substitution.MatchString(variable) {
			return arm.BadRequest(InvalidFlux, "%s: %q of %s is not the name of a variable; it must match %s", op.ID, variable, where, substitution)
		}
		if _, isText := values[variable].(string); !isText {
			return arm.BadRequest(InvalidFlux, "%s: variable %s of %s must be a string, not %v", op.ID, variable, where, values[variable])
		}
	}
	return nil
}

// dependencyOrder are the names of kustomizations, each after those that it depends on; what lies in a circle is left out.
func dependencyOrder(kustomizations map[string]any) []string {
	var ordered []string
	for range kustomizations {
		for _, name := range slices.Sorted(maps.Keys(kustomizations)) {
			waits := slices.ContainsFunc(tree.Texts(kustomizations[name], "dependsOn"), func(other string) bool {
				return !slices.Contains(ordered, other)
			})
			if !slices.Contains(ordered, name) && !waits {
				ordered = append(ordered, name)
			}
		}
	}
	return ordered
}

// reconciliationWait is how long an update waits until a configuration is compliant.
func reconciliationWait(inputs map[string]any) (time.Duration, error) {
	written := tree.Text(inputs, "reconciliationWaitDuration")
	if written == "" {
		return defaultReconciliationWait, nil
	}
	return arm.ParseDuration(written)
}

func checkReconciliationWait(op *arm.Operation) error {
	wait, err := reconciliationWait(op.Inputs)
	if err != nil || wait <= 0 || wait > 24*time.Hour {
		return arm.BadRequest(InvalidFlux, "%s: reconciliationWaitDuration must be an ISO 8601 duration up to a day, such as PT30M, not %q",
			op.ID, tree.Text(op.Inputs, "reconciliationWaitDuration"))
	}
	if tree.Text(op.Inputs, "reconciliationWaitDuration") != "" && !tree.Truth(op.Inputs, "waitForReconciliation") {
		return arm.BadRequest(InvalidFlux, "%s: reconciliationWaitDuration has no effect without waitForReconciliation", op.ID)
	}
	return nil
}
