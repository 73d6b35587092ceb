package languagehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/blang/semver"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// attachedVariable lists the providers that the engine attaches to instead of starting a plugin, as name:port.
const attachedVariable = "PULUMI_DEBUG_PROVIDERS"

// GetRequiredPackages names the providers that the program's modules are made for, so that the engine installs them before it begins. Of
// several releases of one major version it names the newest: modules of azure-native with an older pulumi-plugin.json register
// their resources with that of the module that they share. A provider that is attached needs no plugin.
func (h *Host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	directories, err := moduleDirectories(ctx, req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	attached := attachedProviders(os.Getenv(attachedVariable))
	newest := map[string]semver.Version{}
	for _, directory := range directories {
		name, version, err := providerOf(directory)
		if err != nil {
			return nil, err
		}
		major := fmt.Sprintf("%s %d", name, version.Major)
		if name != "" && !slices.Contains(attached, name) && version.GT(newest[major]) {
			newest[major] = version
		}
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, major := range slices.Sorted(maps.Keys(newest)) {
		name, _, _ := strings.Cut(major, " ")
		response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
			Kind: "resource", Name: name, Version: "v" + newest[major].String(),
		})
	}
	return response, nil
}

// moduleDirectories are where the packages lie that a program imports, the root of each module first.
func moduleDirectories(ctx context.Context, program string) ([]string, error) {
	const format = "{{with .Module}}{{.Dir}}{{end}}\n{{.Dir}}"
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-f", format, ".")
	cmd.Dir = program
	output, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("list the program's packages: %s", strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("list the program's packages: %w", err)
	}
	seen := map[string]bool{}
	for _, directory := range strings.Fields(string(output)) {
		seen[directory] = true
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// providerOf reads which provider a directory's package is made for; the name is empty if none.
func providerOf(directory string) (string, semver.Version, error) {
	path := filepath.Join(directory, "pulumi-plugin.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", semver.Version{}, nil
	}
	if err != nil {
		return "", semver.Version{}, fmt.Errorf("read which provider a module is for: %w", err)
	}
	var plugin struct {
		Resource bool   `json:"resource"`
		Name     string `json:"name"`
		Version  string `json:"version"`
	}
	if err := json.Unmarshal(text, &plugin); err != nil {
		return "", semver.Version{}, fmt.Errorf("read which provider a module is for, %s: %w", path, err)
	}
	if !plugin.Resource || plugin.Version == "" {
		return "", semver.Version{}, nil
	}
	version, err := semver.ParseTolerant(plugin.Version)
	if err != nil {
		return "", semver.Version{}, fmt.Errorf("read which provider a module is for, %s: %w", path, err)
	}
	return plugin.Name, version, nil
}

func attachedProviders(list string) []string {
	var names []string
	for _, pair := range strings.Split(list, ",") {
		name, _, _ := strings.Cut(pair, ":")
		names = append(names, name)
	}
	return names
}
