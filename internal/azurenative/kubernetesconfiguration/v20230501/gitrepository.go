package kubernetesconfiguration

import (
	"context"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// GitRepositoryDefinition is the resolved form of GitRepositoryDefinitionArgs.
type GitRepositoryDefinition struct {
	HttpsCACert           *string                  `pulumi:"httpsCACert"`
	HttpsUser             *string                  `pulumi:"httpsUser"`
	LocalAuthRef          *string                  `pulumi:"localAuthRef"`
	RepositoryRef         *RepositoryRefDefinition `pulumi:"repositoryRef"`
	SshKnownHosts         *string                  `pulumi:"sshKnownHosts"`
	SyncIntervalInSeconds *int                     `pulumi:"syncIntervalInSeconds"`
	TimeoutInSeconds      *int                     `pulumi:"timeoutInSeconds"`
	Url                   *string                  `pulumi:"url"`
}

// GitRepositoryDefinitionArgs is the Git repository that Flux follows.
type GitRepositoryDefinitionArgs struct {
	// Certificate authority of the host, as base64 of its PEM form, for HTTPS hosts of private ones.
	HttpsCACert pulumi.StringPtrInput `pulumi:"httpsCACert"`
	// User of an HTTPS repository; the key goes with ConfigurationProtectedSettings.
	HttpsUser pulumi.StringPtrInput `pulumi:"httpsUser"`
	// Name of a Secret in the namespace of the configuration that signs in, instead of protected settings.
	LocalAuthRef pulumi.StringPtrInput `pulumi:"localAuthRef"`
	// What to follow in the repository.
	RepositoryRef RepositoryRefDefinitionPtrInput `pulumi:"repositoryRef"`
	// Known hosts of an SSH repository, as base64 of a known_hosts file.
	SshKnownHosts pulumi.StringPtrInput `pulumi:"sshKnownHosts"`
	// Seconds between two looks at the repository. Default: 600.
	SyncIntervalInSeconds pulumi.IntPtrInput `pulumi:"syncIntervalInSeconds"`
	// Seconds that one look may take. Default: 600.
	TimeoutInSeconds pulumi.IntPtrInput `pulumi:"timeoutInSeconds"`
	// Address of the repository: https://, http://, ssh:// or user@host:path.
	Url pulumi.StringPtrInput `pulumi:"url"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (GitRepositoryDefinitionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[GitRepositoryDefinition]()
}

// GitRepositoryDefinitionPtrInput accepts GitRepositoryDefinitionArgs, a pointer to it, or an output.
type GitRepositoryDefinitionPtrInput interface {
	pulumi.Input
	ToGitRepositoryDefinitionPtrOutput() GitRepositoryDefinitionPtrOutput
	ToGitRepositoryDefinitionPtrOutputWithContext(context.Context) GitRepositoryDefinitionPtrOutput
}

// ToGitRepositoryDefinitionPtrOutput converts to GitRepositoryDefinitionPtrOutput.
func (v GitRepositoryDefinitionArgs) ToGitRepositoryDefinitionPtrOutput() GitRepositoryDefinitionPtrOutput {
	return v.ToGitRepositoryDefinitionPtrOutputWithContext(context.Background())
}

// ToGitRepositoryDefinitionPtrOutputWithContext converts to GitRepositoryDefinitionPtrOutput under a context.
func (v GitRepositoryDefinitionArgs) ToGitRepositoryDefinitionPtrOutputWithContext(ctx context.Context) GitRepositoryDefinitionPtrOutput {
	return toPtr[GitRepositoryDefinition](ctx, v).(GitRepositoryDefinitionPtrOutput)
}

// GitRepositoryDefinitionPtrOutput is an output of *GitRepositoryDefinition.
type GitRepositoryDefinitionPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (GitRepositoryDefinitionPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*GitRepositoryDefinition]()
}

// ToGitRepositoryDefinitionPtrOutput returns v.
func (v GitRepositoryDefinitionPtrOutput) ToGitRepositoryDefinitionPtrOutput() GitRepositoryDefinitionPtrOutput {
	return v
}

// ToGitRepositoryDefinitionPtrOutputWithContext returns v.
func (v GitRepositoryDefinitionPtrOutput) ToGitRepositoryDefinitionPtrOutputWithContext(context.Context) GitRepositoryDefinitionPtrOutput {
	return v
}

// RepositoryRefDefinition is the resolved form of RepositoryRefDefinitionArgs.
type RepositoryRefDefinition struct {
	Branch *string `pulumi:"branch"`
	Commit *string `pulumi:"commit"`
	Semver *string `pulumi:"semver"`
	Tag    *string `pulumi:"tag"`
}

// RepositoryRefDefinitionArgs says what to follow; one of its fields is set.
type RepositoryRefDefinitionArgs struct {
	// Branch whose newest commit is followed.
	Branch pulumi.StringPtrInput `pulumi:"branch"`
	// SHA of a commit that it stays at.
	Commit pulumi.StringPtrInput `pulumi:"commit"`
	// Range of semantic versions among the tags.
	Semver pulumi.StringPtrInput `pulumi:"semver"`
	// Tag that is followed.
	Tag pulumi.StringPtrInput `pulumi:"tag"`
}

// ElementType names the resolved form for the Pulumi marshaller.
func (RepositoryRefDefinitionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[RepositoryRefDefinition]()
}

// RepositoryRefDefinitionPtrInput accepts RepositoryRefDefinitionArgs, a pointer to it, or an output.
type RepositoryRefDefinitionPtrInput interface {
	pulumi.Input
	ToRepositoryRefDefinitionPtrOutput() RepositoryRefDefinitionPtrOutput
	ToRepositoryRefDefinitionPtrOutputWithContext(context.Context) RepositoryRefDefinitionPtrOutput
}

// ToRepositoryRefDefinitionPtrOutput converts to RepositoryRefDefinitionPtrOutput.
func (v RepositoryRefDefinitionArgs) ToRepositoryRefDefinitionPtrOutput() RepositoryRefDefinitionPtrOutput {
	return v.ToRepositoryRefDefinitionPtrOutputWithContext(context.Background())
}

// ToRepositoryRefDefinitionPtrOutputWithContext converts to RepositoryRefDefinitionPtrOutput under a context.
func (v RepositoryRefDefinitionArgs) ToRepositoryRefDefinitionPtrOutputWithContext(ctx context.Context) RepositoryRefDefinitionPtrOutput {
	return toPtr[RepositoryRefDefinition](ctx, v).(RepositoryRefDefinitionPtrOutput)
}

// RepositoryRefDefinitionPtrOutput is an output of *RepositoryRefDefinition.
type RepositoryRefDefinitionPtrOutput struct{ *pulumi.OutputState }

// ElementType names the value this output resolves to.
func (RepositoryRefDefinitionPtrOutput) ElementType() reflect.Type {
	return reflect.TypeFor[*RepositoryRefDefinition]()
}

// ToRepositoryRefDefinitionPtrOutput returns v.
func (v RepositoryRefDefinitionPtrOutput) ToRepositoryRefDefinitionPtrOutput() RepositoryRefDefinitionPtrOutput {
	return v
}

// ToRepositoryRefDefinitionPtrOutputWithContext returns v.
func (v RepositoryRefDefinitionPtrOutput) ToRepositoryRefDefinitionPtrOutputWithContext(context.Context) RepositoryRefDefinitionPtrOutput {
	return v
}
func init() {
	pulumi.RegisterOutputType(GitRepositoryDefinitionPtrOutput{})
	pulumi.RegisterOutputType(RepositoryRefDefinitionPtrOutput{})
}
