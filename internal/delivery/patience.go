package delivery

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"
)

const (
	// patience is the longest that Azure takes to know a role everywhere (Azure document "Troubleshoot Azure RBAC").
	patience = 10 * time.Minute
	// resumptions are how often an update is resumed: roles may stand in the way one after the other.
	resumptions = 2
)

// tooEarly are the codes with which Azure refuses what uses a role, an identity or a policy before it knows of it everywhere. The provider does
// not ask again.
var tooEarly = []string{
	"ApplicationGatewayKeyVaultSecretException", "AuthorizationFailed", "CustomPrivateDNSZoneMissingPermissionError",
	"InvalidCreatePolicyAssignmentRequest", "LinkedAuthorizationFailed", "PolicyDefinitionNotFound", "PolicySetDefinitionNotFound",
	"PrincipalNotFound", "ResourceMissingPermissionError", "RoleDefinitionDoesNotExist",
}

var (
	codeInOutput = regexp.MustCompile(`Code="(\w+)"`)
	// notYetAllowed is how Azure Image Builder words the same.
	notYetAllowed = regexp.MustCompile(`Code="ValidationFailed" Message="[Nn]ot authorized to access`)
)

// TooEarly reports whether an update failed only for what Azure may not know everywhere yet, by the engine's output.
func TooEarly(output string) bool {
	codes := codeInOutput.FindAllStringSubmatch(notYetAllowed.ReplaceAllString(output, `Code="AuthorizationFailed"`), -1)
	return len(codes) > 0 && !slices.ContainsFunc(codes, func(found []string) bool { return !slices.Contains(tooEarly, found[1]) })
}

// upPatiently updates a stack, and resumes an update that came too early once Azure has had the time that it documents.
func (p *Pulumi) upPatiently(ctx context.Context, target Target) error {
	for resumed := 0; ; resumed++ {
		output, err := p.up(ctx, target)
		if err == nil || ctx.Err() != nil || resumed == resumptions || !TooEarly(output) {
			return err
		}
		wait := p.Patience
		if wait == 0 {
			wait = patience
		}
		if _, err := io.WriteString(orDiscard(p.Progress), fmt.Sprintf(
			"Azure does not know everywhere yet what this update has made. It is resumed in %s.\n", wait)); err != nil {
			return fmt.Errorf("report progress: %w", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}
