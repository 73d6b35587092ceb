// Command azureinputs writes which properties of an Azure resource are inputs, for every type that the program or the simulator knows, from
// the argument types of the Azure Native SDK. It runs in the root of the repository; with -check it writes nothing, and fails if it would.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
)

// target is the file that it writes.
const target = "internal/azuresim/metadata/inputs.json"

func main() {
	check := flag.Bool("check", false, "fail if the file differs from what would be written")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintf(os.Stderr, "azureinputs: %v\n", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	wanted, err := findUses(".")
	if err != nil {
		return err
	}
	written, err := describe(wanted)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(target, written, 0o644)
	}
	current, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if !bytes.Equal(current, written) {
		return errors.New(target + " is stale; run make azureinputs")
	}
	return nil
}
