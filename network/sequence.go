package network

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
