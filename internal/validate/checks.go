package validate

import "context"

// Description is what a check is about.
type Description struct {
	// ID names the check on the command line and in reports.
	ID string `json:"id"`
	// Serves names the requirements of PCI DSS 4.0.1 behind it, or is "none".
	Serves string `json:"serves"`
	// Source is where an operator looks by hand in the walkthrough: GitOps, access, or both; "added" is nowhere.
	Source string `json:"source"`
	// Title says what holds if the check passes.
	Title string `json:"title"`
}

// check is a row of the table of checks.
type check struct {
	judge func(context.Context, *subject) (verdict, error)
	Description
}

// Pages of the walkthrough on which an operator checks by hand: placing the cluster under GitOps, and validating access and bootstrap.
const (
	fromGitOps = "GitOps"
	fromAccess = "access"
	fromBoth   = fromGitOps + ", " + fromAccess
	added      = "added"
)

// checks are all there is to check, in the order in which one would look: the way in, nodes, policies, Flux, what Flux applies,
// and last the ingress.
var checks = []check{
	{checkAPIPrivate, Description{"api-private", "1.3.1, 1.4.1", fromBoth,
		"The API server's name has private addresses of the stamp only"}},
	{checkSignIn, Description{"api-sign-in", "8.2.2, 8.4.2", fromBoth,
		"The user signs in through Entra, not with a certificate or token of a local account"}},
	{checkNodesReady, Description{"nodes-ready", "2.2.1", fromBoth,
		"Each pool has as many nodes as configured, all ready"}},
	{checkNodesZones, Description{"nodes-zones", "none", added,
		"Each pool is spread over its availability zones"}},
	{checkNodesVersion, Description{"nodes-version", "6.3.3", fromBoth,
		"All nodes run the configured minor version, in one patch release"}},
	{checkNodesScope, Description{"nodes-scope", "2.2.3", added,
		"User pools carry their scope, the system pool is closed to workloads"}},
	{checkVirtualNodes, Description{"virtual-nodes", "2.2.1", added,
		"As many virtual nodes as configured are ready, and there are none without being configured"}},
	{checkTemplates, Description{"constraint-templates", "2.2.1", fromBoth,
		"Templates of the restricted initiative and of the ten policies are installed"}},
	{checkInitiative, Description{"restricted-initiative", "2.2.1", fromBoth,
		"The restricted initiative's templates have constraints"}},
	{checkPolicies, Description{"policies-enforced", "1.3.1, 2.2.1, 4.2.1, 6.3.2, 7.2.5", added,
		"Policies refuse what they must, tried without creating it"}},
	{checkNamespaces, Description{"namespaces", "2.2.1", fromAccess,
		"All expected namespaces are active"}},
	{checkPodSecurity, Description{"pod-security", "2.2.1", added,
		"Namespaces carry the pod security labels of the manifests"}},
	{checkFluxControllers, Description{"flux-controllers", "6.5.1", fromGitOps,
		"The controllers of Flux that are needed are available"}},
	{checkFluxAbsent, Description{"flux-absent", "2.2.4", fromAccess,
		"The controllers of Flux that are not needed are absent"}},
	{checkGitRepository, Description{"git-repository", "6.5.1", added,
		"Flux reads the configured branch, and has the wanted commit"}},
	{checkKustomization, Description{"kustomization", "6.5.1", added,
		"Flux has applied that commit, with every object of the manifests"}},
	{checkManifestsPresent, Description{"manifests-present", "2.2.1", added,
		"Every object of the manifests exists"}},
	{checkQuotas, Description{"quotas", "2.2.1", added,
		"Quotas and limit ranges are those of the manifests"}},
	{checkNetworkPolicies, Description{"network-policies", "1.3.1, 1.3.2", added,
		"Network policies are those of the manifests, every namespace denies by default, and no policy lets everything through"}},
	{checkDaemonSets, Description{"daemonsets", "5.2.1, 11.5.2", added,
		"Agents run on every node"}},
	{checkDeployments, Description{"deployments", "2.2.1", added,
		"Deployments of the manifests are available"}},
	{checkImages, Description{"images-live", "6.3.2", added,
		"Pods run images of the registry's live/ path only, each by its digest"}},
	{checkPlacement, Description{"placement", "2.2.3", added,
		"Pods that select a scope carry that scope, and run on its nodes"}},
	{checkVirtualNodesScope, Description{"virtual-nodes-scope", "2.2.3", added,
		"Pods on virtual nodes are in namespaces out of scope, and admission keeps others away"}},
	{checkAgentConfiguration, Description{"agent-configuration", "10.2.1", added,
		"The monitoring agents' ConfigMaps are those of the manifests"}},
	{checkSecretProviderClass, Description{"secret-provider-class", "3.7.1", added,
		"The ingress reads the stamp's vault with the stamp's identity, no value left open"}},
	{checkCertificateMounted, Description{"certificate-mounted", "4.2.1", added,
		"Every pod of the ingress controller has the vault's certificate"}},
	{checkWorkloadIdentity, Description{"workload-identity", "8.6.1", fromGitOps,
		"The ingress controller runs as the service account that Azure trusts"}},
	{checkIngressAddress, Description{"ingress-address", "1.4.1", added,
		"The ingress controller's load balancer is internal, at the address that the gateway calls"}},
	{checkIngressCertificate, Description{"ingress-certificate", "4.2.1", added,
		"The ingress controller answers with the gateway's certificate, and with TLS 1.2 or later only"}},
}

// Checks describe all checks, in the order in which they run.
func Checks() []Description {
	described := make([]Description, len(checks))
	for i, c := range checks {
		described[i] = c.Description
	}
	return described
}
