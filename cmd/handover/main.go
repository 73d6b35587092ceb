// Command handover writes what a stack leaves to other teams, from its outputs: peerings, firewall rules, links of DNS zones and role
// assignments, as tables and as commands of the Azure CLI. It asks neither Pulumi nor Azure.
package main

import (
	"os"

	"aks-regulated-pulumi/internal/handover/cli"
)

func main() {
	app := &cli.App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(app.Run(os.Args[1:]))
}
