// Command program is what the language host's test runs on the engine.
package main

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		if reason, found := ctx.GetConfig("program:fail"); found {
			return errors.New(reason)
		}
		greeting, _ := ctx.GetConfig("program:greeting")
		fmt.Println("printed by the program")
		var box pulumi.ResourceState
		if err := ctx.RegisterComponentResource("program:index:Box", "box", &box); err != nil {
			return err
		}
		ctx.Export("greeting", pulumi.String(greeting))
		ctx.Export("secret", pulumi.ToSecret(greeting))
		ctx.Export("where", pulumi.Sprintf("%s/%s/%s", ctx.Organization(), ctx.Project(), ctx.Stack()))
		ctx.Export("dryRun", pulumi.Bool(ctx.DryRun()))
		return nil
	})
}
