package azuresim

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

const invalidFlux = "InvalidFluxConfiguration"

// longestInterval is the most seconds that Azure takes for an interval or a timeout.
const longestInterval = 35791394

// checkFluxExtension demands the extension with the two controllers that a configuration needs. Azure would install a missing one by
// itself, with all controllers and outside of what the program declares; here it is an error.
func checkFluxExtension(op *operation) error {
	extension := op.sub.fluxOf(resourceid.Parent(op.id))
	if extension == nil {
		return badRequest("FluxExtensionNotInstalled", "%s needs an extension of type %s in state Succeeded in the same cluster",
			op.id, fluxExtension)
	}
	for _, controller := range []string{"source-controller", "kustomize-controller"} {
		if !hasController(extension, controller) {
			return badRequest("FluxControllerDisabled", "%s needs %s.enabled in extension %s", op.id, controller, extension.ID)
		}
	}
	return nil
}

func checkFluxPlace(op *operation) error {
	if scope := tree.Text(op.inputs, "scope"); !slices.Contains([]string{"", "cluster", "namespace"}, scope) {
		return badRequest(invalidFlux, "%s: scope must be cluster or namespace, not %q", op.id, scope)
	}
	if namespace := tree.Text(op.inputs, "namespace"); namespace != "" && !dnsLabel.MatchString(namespace) {
		return badRequest(invalidFlux, "%s: %q is not the name of a namespace", op.id, namespace)
	}
	return nil
}

// seconds that a configuration has, with their names.
var fluxSeconds = []string{"timeoutInSeconds", "syncIntervalInSeconds", "retryIntervalInSeconds"}

func checkSeconds(op *operation, where string, value any) error {
	for _, name := range fluxSeconds {
		if count, set := tree.Number(value, name); set && (count < 1 || count > longestInterval || count != float64(int(count))) {
			return badRequest(invalidFlux, "%s: %s of %s must be a whole number from 1 to %d, not %v", op.id, name, where, longestInterval, count)
		}
	}
	return nil
}

// substitution is how Flux lets variables be named.
var substitution = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9]*$`)

func checkKustomizations(op *operation) error {
	kustomizations, _ := tree.At(op.inputs, "kustomizations").(map[string]any)
	if len(kustomizations) == 0 {
		return badRequest(invalidFlux, "%s needs at least one kustomization", op.id)
	}
	for _, name := range slices.Sorted(maps.Keys(kustomizations)) {
		if err := checkKustomization(op, name, kustomizations); err != nil {
			return err
		}
	}
	if ordered := dependencyOrder(kustomizations); len(ordered) < len(kustomizations) {
		return badRequest(invalidFlux, "%s: kustomizations depend on each other in a circle; only %v can be applied", op.id, ordered)
	}
	return nil
}

func checkKustomization(op *operation, name string, all map[string]any) error {
	kustomization, where := all[name], "kustomization "+name
	// The object in the cluster is named after the configuration and the kustomization.
	if object := resourceid.Name(op.id) + "-" + name; !dnsLabel.MatchString(object) {
		return badRequest(invalidFlux, "%s: %s is not a name; %s must match %s", op.id, name, object, dnsLabel)
	}
	if err := checkSeconds(op, where, kustomization); err != nil {
		return err
	}
	if directory := tree.Text(kustomization, "path"); strings.HasPrefix(path.Clean(directory), "..") {
		return badRequest(invalidFlux, "%s: path %q of %s leads out of the repository", op.id, directory, where)
	}
	for _, other := range tree.Texts(kustomization, "dependsOn") {
		if _, known := all[other]; !known || other == name {
			return badRequest(invalidFlux, "%s: %s depends on %q, which is not another kustomization of the configuration", op.id, where, other)
		}
	}
	// Their objects are in the cluster, where the simulator keeps none that Flux could read.
	if len(tree.List(kustomization, "postBuild", "substituteFrom")) > 0 {
		return badRequest(invalidFlux, "%s: the simulator does not know substituteFrom of %s; use substitute", op.id, where)
	}
	values, _ := tree.At(kustomization, "postBuild", "substitute").(map[string]any)
	for _, variable := range slices.Sorted(maps.Keys(values)) {
		if !substitution.MatchString(variable) {
			return badRequest(invalidFlux, "%s: %q of %s is not the name of a variable; it must match %s", op.id, variable, where, substitution)
		}
		if _, isText := values[variable].(string); !isText {
			return badRequest(invalidFlux, "%s: variable %s of %s must be a string, not %v", op.id, variable, where, values[variable])
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
	return parseDuration(written)
}

func checkReconciliationWait(op *operation) error {
	wait, err := reconciliationWait(op.inputs)
	if err != nil || wait <= 0 || wait > 24*time.Hour {
		return badRequest(invalidFlux, "%s: reconciliationWaitDuration must be an ISO 8601 duration up to a day, such as PT30M, not %q",
			op.id, tree.Text(op.inputs, "reconciliationWaitDuration"))
	}
	if tree.Text(op.inputs, "reconciliationWaitDuration") != "" && !tree.Truth(op.inputs, "waitForReconciliation") {
		return badRequest(invalidFlux, "%s: reconciliationWaitDuration has no effect without waitForReconciliation", op.id)
	}
	return nil
}
