package bootstrap

import (
	"maps"
	"path"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"aks-regulated-pulumi/cluster"
	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/network"
)

// Substitutions are the values of the variables in the manifests, by name. None of them is secret.
func Substitutions(args *StampArgs) (pulumi.StringMap, error) {
	known, err := knownValues(args.Settings, args.Stamp)
	if err != nil {
		return nil, err
	}
	values := pulumi.ToStringMap(known)
	for name, value := range outputs {
		values[name] = value(args)
	}
	return values, nil
}

// outputs are the variables whose values come from Azure, or depend on tenant and subscription.
var outputs = map[string]func(*StampArgs) pulumi.StringInput{
	"registry":          func(args *StampArgs) pulumi.StringInput { return args.Registry.LoginServer },
	"vault_name":        func(args *StampArgs) pulumi.StringInput { return pulumi.String(args.Vault.Name) },
	"tenant_id":         func(args *StampArgs) pulumi.StringInput { return pulumi.String(args.TenantID) },
	"ingress_client_id": func(args *StampArgs) pulumi.StringInput { return args.Ingress.ClientID },
}

// knownValues are the variables whose values follow from the configuration.
func knownValues(settings Settings, stamp config.Stamp) (map[string]string, error) {
	// The platform's own values win; Check refuses configured variables with their names.
	values := maps.Clone(settings.Bootstrap.Variables)
	limits, err := quotas(settings.NodePools)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, limits)
	for _, image := range cluster.PlatformImages(settings.Bootstrap.Mode) {
		name := strings.ReplaceAll(path.Base(image.Repository), "-", "_")
		values[name+"_tag"], values[name+"_digest"] = image.Tag, image.Digest
	}
	maps.Copy(values, map[string]string{
		"ingress_address":        stamp.IngressAddress().String(),
		"ingress_certificate":    cluster.IngressCertificateSecret,
		"ingress_host":           settings.Ingress.BackendHostName(),
		"ingress_subnet":         stamp.SubnetName(network.SubnetIngressServices),
		"gateway_subnet":         stamp.Subnets.ApplicationGateway.String(),
		"repository_port":        settings.Bootstrap.Repository.Port(),
		"namespace_admin_group":  settings.Cluster.NamespaceAdminGroupObjectID,
		"namespace_editor_group": settings.Cluster.NamespaceEditorGroupObjectID,
		"namespace_viewer_group": settings.Cluster.NamespaceViewerGroupObjectID,
		"cluster_viewer_group":   settings.Cluster.ViewerGroupObjectID,
	})
	return values, nil
}
