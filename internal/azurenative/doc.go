// Package azurenative holds, in its folders, the types of Azure resources that the program does not take from the Azure Native SDK: of
// modules that module proxies do not serve, and of those that take long to compile for the few types that are used (more than 7 s of CPU
// for at most three resources). Tokens, names and signatures are those of the SDK, so that changing to its module is a change of import
// path.
//
// The folders are generated from the files in schema by Pulumi's own generator. A file is part of a Pulumi package schema
// (https://www.pulumi.com/docs/iac/extending-pulumi/schema/) for one module and API version, trimmed to what is used. Names stand in it
// without "azure-native:<module>:", otherVersions are the API versions under which the provider knows the same resource, and providerVersion
// is the release of the provider for types that the SDK's release does not have: these go to the folder of its major version. To use
// another property or resource, add it there, as the package @pulumi/azure-native of the provider's version has it, and run
// "make azurenative". Outputs without a type are left out, since they make each package that sees them slow to compile.
package azurenative

//go:generate make -C ../.. azurenative
