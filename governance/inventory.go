package governance

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	resources "aks-regulated-pulumi/internal/azurenative/resources/v20240301"
)

// Inventory records the Azure resource type of everything that the program registers in a resource group, so that the lists of
// allowed types always match the program. It leaves out extension resources and components, which have no resource group of their
// own: policies of mode Indexed do not evaluate them.
type Inventory struct {
	mu sync.Mutex
	// contents are the recorded types, groups the resource groups that the program registers itself.
	contents []content
	groups   []registeredGroup
	unknown  []error
	closed   bool
	// additional are types that the configuration allows besides.
	additional []string

	complete pulumi.Output // of []content
	resolve  func(any)
	reject   func(error)
}

// content is a type of Azure resource in a resource group.
type content struct {
	armType string
	// group is the name of the resource group: a string, or an output.
	group any
}

// registeredGroup is a resource group by its name, and by the resource whose name output components are given.
type registeredGroup struct {
	name     string
	resource *resources.ResourceGroup
}

// NewInventory starts recording. Register nothing before it. Close must be called in any case. additional are ARM types that every list
// has besides.
func NewInventory(ctx *pulumi.Context, additional ...string) (*Inventory, error) {
	inventory := &Inventory{additional: additional}
	inventory.complete, inventory.resolve, inventory.reject = ctx.NewOutput()
	if err := ctx.RegisterStackTransformation(inventory.record); err != nil {
		inventory.reject(err)
		return nil, fmt.Errorf("inventory of the program: %w", err)
	}
	return inventory, nil
}

// Close resolves the lists, once everything has been registered. It takes the program's error and returns the one to end with: a
// program that fails has no complete lists, so everything that waits for them fails as well instead of waiting forever.
// It fails for types of resources that are not in armTypes.
func (i *Inventory) Close(err error) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return err
	}
	i.closed = true
	if err == nil {
		err = errors.Join(i.unknown...)
	}
	if err != nil {
		i.reject(fmt.Errorf("the program failed before it was complete: %w", err))
		return err
	}
	for n, recorded := range i.contents {
		i.contents[n].group = i.plainName(recorded.group)
	}
	i.resolve(i.contents)
	return nil
}

// Types are the ARM types of what the program registers in a resource group, of what Azure creates implicitly with it, and of what other
// settings would register beside it, sorted, with others that are allowed there. They are known once Close has been called.
func (i *Inventory) Types(group string, others ...string) pulumi.StringArrayOutput {
	return i.complete.ApplyT(func(complete any) pulumi.StringArrayOutput {
		contents := complete.([]content)
		names := make([]any, 0, len(contents))
		for _, recorded := range contents {
			names = append(names, recorded.group)
		}
		return pulumi.All(names...).ApplyT(func(names []any) []string {
			types := map[string]bool{}
			for n, name := range names {
				if name, isText := name.(string); !isText || !strings.EqualFold(name, group) {
					continue
				}
				types[contents[n].armType] = true
				for _, beside := range slices.Concat(implicitTypes[contents[n].armType], optionalTypes[contents[n].armType]) {
					types[beside] = true
				}
			}
			for _, armType := range slices.Concat(i.additional, others) {
				types[armType] = true
			}
			// An empty list allows nothing; Azure would refuse a missing one.
			return append([]string{}, slices.Sorted(maps.Keys(types))...)
		}).(pulumi.StringArrayOutput)
	}).(pulumi.StringArrayOutput)
}

// record is called with every resource before it is registered, and changes none.
func (i *Inventory) record(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
	group := groupOf(args.Props)
	if group == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if registered, isGroup := args.Resource.(*resources.ResourceGroup); isGroup {
		if name, plain := group.(string); plain {
			i.groups = append(i.groups, registeredGroup{name: name, resource: registered})
		}
		return nil
	}
	armType, known := armTypes[withoutVersion(args.Type)]
	if !known {
		i.unknown = append(i.unknown, fmt.Errorf(
			"type %s of resource %s is not known as an Azure resource type: add it to armTypes in package governance",
			args.Type, args.Name))
		return nil
	}
	i.contents = append(i.contents, content{armType: armType, group: group})
	return nil
}

// plainName replaces the name output of a resource group that the program registers with the name itself, which is known in a
// preview.
func (i *Inventory) plainName(group any) any {
	output, isOutput := group.(pulumi.StringOutput)
	if !isOutput {
		return group
	}
	for _, registered := range i.groups {
		if registered.resource.Name == output {
			return registered.name
		}
	}
	return group
}

// groupOf is the resource group that a resource is registered in, as a string or an output; nil if it has none.
func groupOf(props pulumi.Input) any {
	value := reflect.Indirect(reflect.ValueOf(props))
	if value.Kind() != reflect.Struct {
		return nil
	}
	field := value.FieldByName("ResourceGroupName")
	if !field.IsValid() || field.Kind() != reflect.Interface || field.IsNil() {
		return nil
	}
	switch group := field.Interface().(type) {
	case pulumi.String:
		return string(group)
	case pulumi.StringInput:
		return group.ToStringOutput()
	}
	return nil
}

// withoutVersion is module and name of an azure-native type token: azure-native:network/v20240501:IpGroup is network:IpGroup.
func withoutVersion(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != "azure-native" {
		return token
	}
	module, _, _ := strings.Cut(parts[1], "/")
	return module + ":" + parts[2]
}
