// Command report writes one HTML page about a deployed stack, from its export: networks, flows, roles, policies, images, logs and
// what they mean for PCI DSS. It asks neither Pulumi nor Azure.
package main

import (
	"os"

	"aks-regulated-pulumi/internal/report/cli"
)

func main() {
	app := &cli.App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(app.Run(os.Args[1:]))
}
