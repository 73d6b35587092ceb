package docscheck

import (
	"fmt"
	"slices"
	"strings"
)

// azureCommands are the commands of the Azure CLI that the documents use, each as it stands in Microsoft's reference. A new
// one is a row here.
var azureCommands = []string{
	"account list",
	"account set",
	"account show",
	"acr import",
	"ad app create",
	"ad app federated-credential create",
	"ad group show",
	"ad sp create",
	"ad sp show",
	"aks command invoke",
	"aks get-credentials",
	"aks get-versions",
	"aks rotate-certs",
	"aks show",
	"aks start",
	"aks stop",
	"aks update",
	"container list",
	"deployment-scripts show-log",
	"feature register",
	"feature show",
	"group create",
	"group delete",
	"group list",
	"image delete",
	"image list",
	"k8s-configuration flux show",
	"k8s-configuration flux update",
	"keyvault create",
	"keyvault key create",
	"keyvault recover",
	"keyvault show",
	"login",
	"monitor activity-log list",
	"network bastion ssh",
	"network bastion tunnel",
	"network watcher configure",
	"policy assignment list",
	"policy definition list",
	"policy exemption list",
	"policy remediation create",
	"policy remediation list",
	"policy state list",
	"policy state trigger-scan",
	"provider register",
	"rest",
	"role assignment create",
	"role assignment delete",
	"role assignment list",
	"role definition list",
	"security pricing create",
	"security pricing list",
	"sig image-version delete",
	"sig image-version list",
	"storage account blob-service-properties update",
	"storage account create",
	"storage account list",
	"storage account show",
	"storage blob download-batch",
	"storage container create",
	"vm image list",
	"vmss list-instances",
}

// checkAzure wants a command of the table. Words before the first flag are its name.
func checkAzure(_ *Checker, found command) []string {
	var words []string
	for _, arg := range found.args {
		if strings.HasPrefix(arg.text, "-") {
			break
		}
		words = append(words, arg.text)
	}
	name := strings.Join(words, " ")
	if name == "" || slices.Contains(azureCommands, name) {
		return nil
	}
	return []string{fmt.Sprintf("az %s is not in the table of commands", name)}
}

// verbs are the subcommands of tools that the project does not own.
var verbs = map[string][]string{
	"git": {
		"add", "archive", "branch", "checkout", "clone", "commit", "diff", "fetch", "log", "ls-files", "merge", "pull", "push", "remote",
		"rev-parse", "show", "status", "switch", "tag",
	},
	"gh":        {"api", "auth", "issue", "pr", "run", "secret", "variable", "workflow"},
	"flux":      {"check", "events", "get", "logs", "reconcile", "resume", "stats", "suspend", "trace", "tree", "version"},
	"kubelogin": {"convert-kubeconfig", "get-token", "remove-tokens"},
	"openssl":   {"genpkey", "pkcs12", "req", "s_client", "verify", "x509"},
	"helm":      {"pull", "show", "template", "version"},
	"kustomize": {"build", "version"},
	"kubectl": {
		"annotate", "api-resources", "apply", "auth", "config", "cordon", "create", "delete", "describe", "diff", "drain", "events",
		"exec", "explain", "get", "kustomize", "label", "logs", "patch", "port-forward", "rollout", "run", "scale", "top", "uncordon",
		"version", "wait",
	},
}

// checkVerb wants a subcommand of the table as the first argument.
func checkVerb(_ *Checker, found command) []string {
	if len(found.args) == 0 {
		return nil
	}
	return checkFirst(found.program, found.args)
}

func checkFirst(program string, words []word) []string {
	if len(words) == 0 || !words[0].fixed || slices.Contains(verbs[program], words[0].text) {
		return nil
	}
	return []string{fmt.Sprintf("%s has no command %q in the table", program, words[0].text)}
}

// kubectlValues are the flags of kubectl that may stand before its command and take the next argument.
var kubectlValues = []string{"-n", "--namespace", "--context", "--kubeconfig"}

// checkKubectl wants a command of the table, and a folder with a kustomization for the one that builds it.
func checkKubectl(c *Checker, found command) []string {
	words := positional(found.args, func(flag string) bool { return slices.Contains(kubectlValues, flag) })
	problems := checkFirst("kubectl", words)
	if len(words) == 2 && words[0].text == "kustomize" && words[1].fixed && !c.exists(words[1].text+"/kustomization.yaml") {
		problems = append(problems, fmt.Sprintf("%s has no kustomization.yaml", words[1].text))
	}
	return problems
}
