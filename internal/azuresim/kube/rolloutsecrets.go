package kube

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/vaultdata"
	"aks-regulated-pulumi/internal/manifests"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// The driver that mounts secrets, and the audience for which Entra exchanges tokens of a cluster.
const (
	secretsDriver    = "secrets-store.csi.k8s.io"
	ExchangeAudience = "api://AzureADTokenExchange"
)

// vaultObject is one element of the objects that a SecretProviderClass names.
type vaultObject struct {
	ObjectName string `json:"objectName"`
	ObjectType string `json:"objectType"`
}

// secretsAreMounted: what each SecretProviderClass names is in its vault, and the pods that mount it get there as who they are (Azure
// document "Use the Azure Key Vault provider for Secrets Store CSI Driver").
func (r *rollout) secretsAreMounted() error {
	for _, class := range r.objects {
		if class.GetKind() != "SecretProviderClass" || tree.Text(class.Object, "spec", "provider") != "azure" {
			continue
		}
		if err := r.classWorks(class); err != nil {
			return err
		}
	}
	return nil
}

func (r *rollout) classWorks(class *unstructured.Unstructured) error {
	parameters, what := tree.At(class.Object, "spec", "parameters"), Describe(class.Object)
	refused := func(format string, args ...any) error {
		return arm.BadRequest("FailedMount", "%s: MountVolume.SetUp failed: %s", what, fmt.Sprintf(format, args...))
	}
	if tenant := tree.Text(parameters, "tenantId") + tree.Text(parameters, "tenantID"); !strings.EqualFold(tenant, arm.TenantID) {
		return refused("tenant %q is not that of the vault, %s", tenant, arm.TenantID)
	}
	vault := vaultdata.VaultNamed(r.sub.Subscription, tree.Text(parameters, "keyvaultName"))
	if vault == nil {
		return refused("key vault %q does not exist", tree.Text(parameters, "keyvaultName"))
	}
	names, err := vaultObjects(tree.Text(parameters, "objects"))
	if err != nil {
		return refused("objects cannot be read: %v", err)
	}
	for _, name := range names {
		if problem := r.pemProblem(vault, name); problem != "" {
			return refused("%s", problem)
		}
	}
	identity := r.sub.identityOfClient(tree.Text(parameters, "clientID"))
	if identity == nil {
		return refused("clientID %q is not a user-assigned identity", tree.Text(parameters, "clientID"))
	}
	mounted := r.accountsThatMount(class)
	for _, account := range mounted {
		if !r.sub.isFederated(identity, tree.Text(r.cluster.Outputs, "oidcIssuerProfile", "issuerURL"), account) {
			return refused("identity %s has no federated credential with the issuer of %s and subject %s", identity.ID, r.cluster.ID, account)
		}
	}
	if len(mounted) == 0 {
		return nil
	}
	return r.sub.checkMount(r.net, r.cluster, identity, vault)
}

// vaultObjects reads the list of YAML texts in a YAML text that the provider wants.
func vaultObjects(written string) ([]vaultObject, error) {
	var outer struct {
		Array []string `json:"array"`
	}
	if err := yaml.Unmarshal([]byte(written), &outer); err != nil {
		return nil, err
	}
	if len(outer.Array) == 0 {
		return nil, fmt.Errorf("array names nothing")
	}
	found := make([]vaultObject, len(outer.Array))
	for i, element := range outer.Array {
		if err := yaml.Unmarshal([]byte(element), &found[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// pemProblem says why an object of a vault is not what an ingress controller reads as a certificate file: one PEM text with key and
// certificates. The manifests of a cluster mount nothing else.
func (r *rollout) pemProblem(vault *arm.Record, object vaultObject) string {
	if object.ObjectType != "secret" {
		return fmt.Sprintf("objectType of %s must be secret, not %q, as only a secret holds key and certificates",
			object.ObjectName, object.ObjectType)
	}
	facts, found := vaultdata.SecretFactsOf(r.sub.Subscription, "https://"+vaultdata.VaultHost(vault.ID)+"/secrets/"+object.ObjectName)
	if !found {
		return fmt.Sprintf("key vault %s has no secret %s, or it is disabled or expired", resourceid.Name(vault.ID), object.ObjectName)
	}
	if facts.Form != vaultdata.FormPEM || !facts.Key || len(facts.Certificates) == 0 {
		return fmt.Sprintf("secret %s of key vault %s must hold a private key and its certificate as one PEM text; its form is %s",
			object.ObjectName, resourceid.Name(vault.ID), facts.Form)
	}
	if ends := facts.Certificates[0].NotAfter; !r.sub.Clock.Now().Before(ends) {
		return fmt.Sprintf("the certificate in secret %s of key vault %s expired on %s",
			object.ObjectName, resourceid.Name(vault.ID), ends.Format(time.DateOnly))
	}
	return ""
}

// accountsThatMount are the service accounts of pods that mount a class, as subjects of federated credentials.
func (r *rollout) accountsThatMount(class *unstructured.Unstructured) []string {
	var found []string
	for _, object := range r.all() {
		spec := manifests.PodSpec(object)
		if namespaceOf(object) != namespaceOf(class) {
			continue
		}
		for _, volume := range tree.List(spec, "volumes") {
			if tree.Text(volume, "csi", "driver") != secretsDriver ||
				tree.Text(volume, "csi", "volumeAttributes", "secretProviderClass") != class.GetName() {
				continue
			}
			account := tree.Text(spec, "serviceAccountName")
			if account == "" {
				account = "default"
			}
			found = append(found, "system:serviceaccount:"+namespaceOf(object)+":"+account)
		}
	}
	return found
}

// identityOfClient finds the user-assigned identity with a client id, or nil.
func (s *Clusters) identityOfClient(clientID string) *arm.Record {
	for _, r := range s.Sorted() {
		if r.ARMType == "Microsoft.ManagedIdentity/userAssignedIdentities" && clientID != "" &&
			strings.EqualFold(tree.Text(r.Outputs, "clientId"), clientID) {
			return r
		}
	}
	return nil
}

// isFederated reports whether an identity trusts tokens of an issuer for a subject.
func (s *Clusters) isFederated(identity *arm.Record, issuer, subject string) bool {
	for _, r := range s.ChildrenOf(identity.ID, "managedidentity:FederatedIdentityCredential") {
		known := s.Known(r)
		if audiences := tree.Texts(known, "audiences"); r.Usable() && issuer != "" && tree.Text(known, "issuer") == issuer &&
			tree.Text(known, "subject") == subject && len(audiences) == 1 && audiences[0] == ExchangeAudience {
			return true
		}
	}
	return false
}
