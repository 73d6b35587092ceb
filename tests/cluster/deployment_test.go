//go:build cluster

// Package cluster_test holds tests on a real API server: "make test-cluster" builds and runs them.
package cluster_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Variables of the environment, which make sets.
const (
	// offlineVariable names the built cmd/offline, with which the tests deploy the dev stack.
	offlineVariable = "CLUSTER_OFFLINE"
	// exportVariable names a file with the export of a deployed stack, which saves deploying one.
	exportVariable = "CLUSTER_EXPORT"
)

const (
	// repository is where the repository lies, from the directory of the tests.
	repository         = "../.."
	typeOfStack        = "pulumi:pulumi:Stack"
	typeOfGitOps       = "azure-native:kubernetesconfiguration/v20230501:FluxConfiguration"
	stampOfTests       = "01"
	kustomization      = "unified"
	falcoKustomization = "falco"
)

// deployed is what the tests read of the export of a stack.
type deployed struct {
	Deployment struct {
		Resources []struct {
			Type    string          `json:"type"`
			Inputs  json.RawMessage `json:"inputs"`
			Outputs json.RawMessage `json:"outputs"`
		} `json:"resources"`
	} `json:"deployment"`
}

var deployOnce = sync.OnceValues(func() ([]byte, error) {
	if file := os.Getenv(exportVariable); file != "" {
		return os.ReadFile(file)
	}
	state, err := os.MkdirTemp("", "cluster-stack")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(state) }()
	for _, arguments := range [][]string{{"up"}, {"export", "--output", filepath.Join(state, "export.json")}} {
		// With a clock of 0 nothing in Azure takes time.
		options := []string{"--stack", "dev", "--state-dir", state, "--clock", "0"}
		command := exec.Command(os.Getenv(offlineVariable), append(arguments, options...)...)
		command.Dir = repository
		if output, err := command.CombinedOutput(); err != nil {
			os.Stderr.Write(output)
			return nil, err
		}
	}
	return os.ReadFile(filepath.Join(state, "export.json"))
})

// deployment is the export of the dev stack in the simulated Azure, which is deployed once.
func deployment(t *testing.T) deployed {
	t.Helper()
	text, err := deployOnce()
	require.NoError(t, err, "deploy the dev stack with %s=%s", offlineVariable, os.Getenv(offlineVariable))
	var d deployed
	require.NoError(t, json.Unmarshal(text, &d))
	return d
}

// configuration is what the tests read of a Flux configuration in Azure. Times are in seconds.
type configuration struct {
	GitRepository struct {
		SyncIntervalInSeconds int `json:"syncIntervalInSeconds"`
		TimeoutInSeconds      int `json:"timeoutInSeconds"`
	} `json:"gitRepository"`
	Kustomizations map[string]struct {
		Path                   string `json:"path"`
		Prune                  bool   `json:"prune"`
		Force                  bool   `json:"force"`
		Wait                   bool   `json:"wait"`
		SyncIntervalInSeconds  int    `json:"syncIntervalInSeconds"`
		RetryIntervalInSeconds int    `json:"retryIntervalInSeconds"`
		TimeoutInSeconds       int    `json:"timeoutInSeconds"`
		PostBuild              struct {
			Substitute map[string]string `json:"substitute"`
		} `json:"postBuild"`
	} `json:"kustomizations"`
}

// fluxConfiguration is the Flux configuration in the deployed stack.
func fluxConfiguration(t *testing.T) configuration {
	t.Helper()
	for _, resource := range deployment(t).Deployment.Resources {
		if resource.Type != typeOfGitOps {
			continue
		}
		var c configuration
		require.NoError(t, json.Unmarshal(resource.Inputs, &c))
		require.Contains(t, c.Kustomizations, kustomization)
		return c
	}
	t.Fatal("the deployed stack has no Flux configuration")
	return configuration{}
}

// substitutions are the values that Azure hands to Flux in the deployed stack.
func substitutions(t *testing.T) map[string]string {
	t.Helper()
	values := fluxConfiguration(t).Kustomizations[kustomization].PostBuild.Substitute
	require.NotEmpty(t, values, "the Flux configuration substitutes nothing")
	return values
}

// stamps is the output of the deployed stack that operators hand to validate.
func stamps(t *testing.T) []byte {
	t.Helper()
	for _, resource := range deployment(t).Deployment.Resources {
		if resource.Type != typeOfStack {
			continue
		}
		var outputs struct {
			Stamps json.RawMessage `json:"stamps"`
		}
		require.NoError(t, json.Unmarshal(resource.Outputs, &outputs))
		return outputs.Stamps
	}
	t.Fatal("the deployment has no stack")
	return nil
}
