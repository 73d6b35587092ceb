package bootstrap

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/stamp"
)

// authSecret is the name of the secret that signs in to a private repository.
const authSecret = configurationName + "-auth"

// untilReady makes the provider wait for the condition that Flux sets (Pulumi document "Kubernetes await logic").
var untilReady = map[string]any{"pulumi.com/waitFor": "condition=Ready"}

// synchronize registers the source and what is applied from it, as the AKS extension would create them. Each folder waits for those that
// it comes after, and is returned by its name.
func (a *applied) synchronize(args *ManifestsArgs) (map[string][]pulumi.Resource, error) {
	bootstrap := args.Settings.Bootstrap
	if secret := signIn(bootstrap.Repository); secret != nil {
		if err := a.apply(secret); err != nil {
			return nil, err
		}
	}
	if err := a.apply(source(bootstrap)); err != nil {
		return nil, err
	}
	fetched, folders := a.stage, map[string][]pulumi.Resource{}
	for _, folder := range args.Folders {
		a.stage = slices.Clone(fetched)
		for _, name := range folder.After {
			a.stage = append(a.stage, folders[name]...)
		}
		if err := a.apply(kustomization(bootstrap, folder)); err != nil {
			return nil, err
		}
		folders[folder.Name] = a.stage
	}
	return folders, nil
}

func metadata(name string, annotations map[string]any) map[string]any {
	described := map[string]any{"name": name, "namespace": stamp.FluxNamespace}
	if annotations != nil {
		described["annotations"] = annotations
	}
	return described
}

// signIn is the secret by which Flux reads a private repository; nil for a public one.
func signIn(repository config.Repository) kubernetes.UntypedArgs {
	data := pulumi.StringMap{}
	switch {
	case repository.SSH():
		data["identity"], data["known_hosts"] = hidden(repository.SSHPrivateKey), pulumi.String(repository.SSHKnownHosts)
	case repository.HTTPSToken.IsSet():
		data["username"], data["password"] = pulumi.String(repository.HTTPSUser), hidden(repository.HTTPSToken)
	default:
		return nil
	}
	return kubernetes.UntypedArgs{
		"apiVersion": "v1", "kind": "Secret", "metadata": metadata(authSecret, nil), "type": "Opaque",
		"stringData": pulumi.ToSecret(data),
	}
}

func hidden(secret config.Secret) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(secret.Reveal())).(pulumi.StringOutput)
}

func source(bootstrap config.Bootstrap) kubernetes.UntypedArgs {
	repository := bootstrap.Repository
	spec := map[string]any{
		"url": repository.URL, "ref": map[string]any{"branch": repository.Branch},
		"interval": seconds(bootstrap.SourceIntervalSeconds), "timeout": seconds(bootstrap.SourceTimeoutSeconds),
	}
	if signIn(repository) != nil {
		spec["secretRef"] = map[string]any{"name": authSecret}
	}
	return kubernetes.UntypedArgs{
		"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
		"metadata": metadata(configurationName, untilReady), "spec": spec,
	}
}

func kustomization(bootstrap config.Bootstrap, of Folder) kubernetes.UntypedArgs {
	spec := map[string]any{
		"sourceRef": map[string]any{"kind": "GitRepository", "name": configurationName},
		"path":      of.Path, "prune": true, "force": false, "wait": of.Wait,
		"interval": seconds(bootstrap.SyncIntervalSeconds), "timeout": seconds(bootstrap.SyncTimeoutSeconds),
		"retryInterval":      seconds(bootstrap.RetryIntervalSeconds),
		"serviceAccountName": applierAccount,
		"postBuild":          map[string]any{"substitute": of.Substitutions},
	}
	var after []any
	for _, name := range of.After {
		after = append(after, map[string]any{"name": configurationName + "-" + name})
	}
	if after != nil {
		spec["dependsOn"] = after
	}
	return kubernetes.UntypedArgs{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": metadata(configurationName+"-"+of.Name, untilReady), "spec": spec,
	}
}

// seconds is a duration as Kubernetes reads it.
func seconds(count int) string { return fmt.Sprintf("%ds", count) }
