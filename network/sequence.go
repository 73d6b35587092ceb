package network

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// busy are the codes with which Azure refuses a change while another one of the same network or firewall policy is under way (decision 56), and
// which the provider takes for final. Our own changes wait for each other. Those of others, in a hub that is theirs, take as long as a firewall
// may.
var busy = []string{"ReferencedResourceNotProvisioned", "FirewallPolicyUpdateFailed", "AnotherOperationInProgress"}

const busyLimit = 30 * time.Minute

// sequence registers changes of something that Azure changes only once at a time, such as a virtual network or a firewall policy:
// each change waits for the one registered before it.
type sequence struct{ last []pulumi.Resource }

// next registers the next change. register gets the resources to wait for, and returns the one that completes its change.
func (s *sequence) next(register func(previous []pulumi.Resource) (pulumi.Resource, error)) error {
	completing, err := register(s.last)
	if err != nil {
		return err
	}
	s.last = []pulumi.Resource{completing}
	return nil
}
