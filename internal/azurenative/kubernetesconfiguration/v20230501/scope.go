package kubernetesconfiguration

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Scope is the resolved form of ScopeArgs.
type Scope struct {
	Cluster   *ScopeCluster   `pulumi:"cluster"`
	Namespace *ScopeNamespace `pulumi:"namespace"`
}

// ScopeArgs says for what an extension is installed: the whole cluster, or one namespace.
type ScopeArgs struct {
	// Set for an extension of the whole cluster.
	Cluster ScopeClusterPtrInput `pulumi:"cluster"`
	// Set for an extension of one namespace.
	Namespace ScopeNamespacePtrInput `pulumi:"namespace"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ScopeArgs) ElementType() reflect.Type {
	return reflect.TypeFor[Scope]()
}

// ScopePtrInput accepts ScopeArgs, a pointer to it, or an output.
type ScopePtrInput interface {
	pulumi.Input
	ToScopePtrOutput() ScopePtrOutput
	ToScopePtrOutputWithContext(context.Context) ScopePtrOutput
}

// ToScopePtrOutput converts to ScopePtrOutput.
func (v ScopeArgs) ToScopePtrOutput() ScopePtrOutput {
	return v.ToScopePtrOutputWithContext(context.Background())
}

// ToScopePtrOutputWithContext converts to ScopePtrOutput under a context.
func (v ScopeArgs) ToScopePtrOutputWithContext(ctx context.Context) ScopePtrOutput {
	return toPtr[Scope](ctx, v).(ScopePtrOutput)
}

// ScopePtrOutput is an output of *Scope.
type ScopePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ScopePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*Scope]()
}

// ToScopePtrOutput returns v.
func (v ScopePtrOutput) ToScopePtrOutput() ScopePtrOutput {
	return v
}

// ToScopePtrOutputWithContext returns v.
func (v ScopePtrOutput) ToScopePtrOutputWithContext(context.Context) ScopePtrOutput {
	return v
}

// ScopeCluster is the resolved form of ScopeClusterArgs.
type ScopeCluster struct {
	ReleaseNamespace *string `pulumi:"releaseNamespace"`
}

// ScopeClusterArgs places an extension of the whole cluster.
type ScopeClusterArgs struct {
	// Namespace that the extension is installed in; Azure makes it if it is not there.
	ReleaseNamespace pulumi.StringPtrInput `pulumi:"releaseNamespace"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ScopeClusterArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ScopeCluster]()
}

// ScopeClusterPtrInput accepts ScopeClusterArgs, a pointer to it, or an output.
type ScopeClusterPtrInput interface {
	pulumi.Input
	ToScopeClusterPtrOutput() ScopeClusterPtrOutput
	ToScopeClusterPtrOutputWithContext(context.Context) ScopeClusterPtrOutput
}

// ToScopeClusterPtrOutput converts to ScopeClusterPtrOutput.
func (v ScopeClusterArgs) ToScopeClusterPtrOutput() ScopeClusterPtrOutput {
	return v.ToScopeClusterPtrOutputWithContext(context.Background())
}

// ToScopeClusterPtrOutputWithContext converts to ScopeClusterPtrOutput under a context.
func (v ScopeClusterArgs) ToScopeClusterPtrOutputWithContext(ctx context.Context) ScopeClusterPtrOutput {
	return toPtr[ScopeCluster](ctx, v).(ScopeClusterPtrOutput)
}

// ScopeClusterPtrOutput is an output of *ScopeCluster.
type ScopeClusterPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ScopeClusterPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ScopeCluster]()
}

// ToScopeClusterPtrOutput returns v.
func (v ScopeClusterPtrOutput) ToScopeClusterPtrOutput() ScopeClusterPtrOutput {
	return v
}

// ToScopeClusterPtrOutputWithContext returns v.
func (v ScopeClusterPtrOutput) ToScopeClusterPtrOutputWithContext(context.Context) ScopeClusterPtrOutput {
	return v
}

// ScopeNamespace is the resolved form of ScopeNamespaceArgs.
type ScopeNamespace struct {
	TargetNamespace *string `pulumi:"targetNamespace"`
}

// ScopeNamespaceArgs places an extension of one namespace.
type ScopeNamespaceArgs struct {
	// Namespace that the extension is installed in and works on.
	TargetNamespace pulumi.StringPtrInput `pulumi:"targetNamespace"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (ScopeNamespaceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[ScopeNamespace]()
}

// ScopeNamespacePtrInput accepts ScopeNamespaceArgs, a pointer to it, or an output.
type ScopeNamespacePtrInput interface {
	pulumi.Input
	ToScopeNamespacePtrOutput() ScopeNamespacePtrOutput
	ToScopeNamespacePtrOutputWithContext(context.Context) ScopeNamespacePtrOutput
}

// ToScopeNamespacePtrOutput converts to ScopeNamespacePtrOutput.
func (v ScopeNamespaceArgs) ToScopeNamespacePtrOutput() ScopeNamespacePtrOutput {
	return v.ToScopeNamespacePtrOutputWithContext(context.Background())
}

// ToScopeNamespacePtrOutputWithContext converts to ScopeNamespacePtrOutput under a context.
func (v ScopeNamespaceArgs) ToScopeNamespacePtrOutputWithContext(ctx context.Context) ScopeNamespacePtrOutput {
	return toPtr[ScopeNamespace](ctx, v).(ScopeNamespacePtrOutput)
}

// ScopeNamespacePtrOutput is an output of *ScopeNamespace.
type ScopeNamespacePtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (ScopeNamespacePtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*ScopeNamespace]()
}

// ToScopeNamespacePtrOutput returns v.
func (v ScopeNamespacePtrOutput) ToScopeNamespacePtrOutput() ScopeNamespacePtrOutput {
	return v
}

// ToScopeNamespacePtrOutputWithContext returns v.
func (v ScopeNamespacePtrOutput) ToScopeNamespacePtrOutputWithContext(context.Context) ScopeNamespacePtrOutput {
	return v
}
func init() {
	pulumi.RegisterOutputType(ScopePtrOutput{})
	pulumi.RegisterOutputType(ScopeClusterPtrOutput{})
	pulumi.RegisterOutputType(ScopeNamespacePtrOutput{})
}
