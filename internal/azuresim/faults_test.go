package azuresim

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// A failure can be injected at every operation, before, during or after it.
func TestFaults(t *testing.T) {
	const id = netID + "publicIPAddresses/other"
	outage := arm.Fault{Status: 503, Code: "Ill", Message: "the region is ill", Times: 4} // the first and three more requests
	at := func(operation arm.Verb, change func(*arm.Fault)) arm.Fault {
		fault := outage
		fault.Operation = operation
		if change != nil {
			change(&fault)
		}
		return fault
	}
	mid := func(f *arm.Fault) { f.Midway, f.Times = true, 1 }
	lost := func(f *arm.Fault) { f.AfterEffect, f.Times = true, 1 }
	do := map[arm.Verb]func(*lab) error{
		arm.Create: func(l *lab) error { _, _, err := l.create("network:PublicIPAddress", publicIP("other")); return err },
		arm.Update: func(l *lab) error {
			return l.update("network:PublicIPAddress", id, with(publicIP("other"), "tags", object{"a": "b"}))
		},
		arm.Delete: func(l *lab) error { return l.delete("network:PublicIPAddress", id) },
		arm.Read:   func(l *lab) error { _, _, err := l.readBack("network:PublicIPAddress", id, nil); return err },
	}
	for _, c := range []struct {
		name  string
		fault arm.Fault
		state string // of the resource afterwards; empty is gone
		tags  bool
		kept  bool // the engine gets told what remains
	}{
		{"creating is refused", at(arm.Create, nil), "", false, false},
		{"creating fails midway", at(arm.Create, mid), arm.StateFailed, false, true},
		{"creating is not answered", at(arm.Create, lost), arm.StateSucceeded, false, false},
		{"updating is refused", at(arm.Update, nil), arm.StateSucceeded, false, false},
		{"updating fails midway", at(arm.Update, mid), arm.StateFailed, true, true},
		{"updating is not answered", at(arm.Update, lost), arm.StateSucceeded, true, false},
		{"deleting is refused", at(arm.Delete, nil), arm.StateSucceeded, false, false},
		{"deleting fails midway", at(arm.Delete, mid), arm.StateFailed, false, false},
		{"deleting is not answered", at(arm.Delete, lost), "", false, false},
		{"reading fails", at(arm.Read, nil), arm.StateSucceeded, false, false},
		{"by type and name", at(arm.Delete, func(f *arm.Fault) { f.ARMType, f.Resource = "microsoft.network/publicipaddresses", "oth*" }), arm.StateSucceeded, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := hub(t)
			if c.fault.Operation != arm.Create {
				require.NoError(t, do[arm.Create](l))
			}
			l.server.Inject(c.fault)
			err := do[c.fault.Operation](l)
			require.ErrorContains(t, err, "the region is ill")
			initFailed := false
			for _, detail := range status.Convert(err).Details() {
				_, initFailed = detail.(*pulumirpc.ErrorResourceInitFailed)
			}
			assert.Equal(t, c.kept, initFailed)
			left := l.read(id)
			if c.state == "" {
				assert.Nil(t, left)
				return
			}
			assert.Equal(t, c.state, left.State)
			assert.Equal(t, c.tags, left.Inputs["tags"] != nil)
			assert.NoError(t, do[arm.Update](l), "the next update repairs it")
			assert.Equal(t, arm.StateSucceeded, l.read(id).State)
		})
	}
	t.Run("another type or name", func(t *testing.T) {
		l := hub(t)
		l.server.Inject(arm.Fault{ARMType: "Microsoft.Network/routeTables", Status: 500})
		l.server.Inject(arm.Fault{Resource: "x*", Status: 500})
		assert.NoError(t, do[arm.Create](l))
	})
}

// What azure-native's client asks again after, and nothing else, is waited out: every other answer ends the update at once.
func TestRetriedAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		passes bool
	}{
		{408, "RequestTimeout", true}, {429, "TooManyRequests", true}, {500, "InternalServerError", true}, {502, "BadGateway", true},
		{503, "ServiceUnavailable", true}, {504, "GatewayTimeout", true}, {409, arm.InProgress, true},
		{409, "OperationNotAllowed", false}, {409, "ConflictError", false}, {403, "AuthorizationFailed", false}, {404, "NotFound", false},
		{412, "PreconditionFailed", false}, {501, "NotImplemented", false},
	} {
		l := hub(t)
		l.server.Inject(arm.Fault{Operation: arm.Create, ARMType: "Microsoft.Network/routeTables", Times: 3, Status: c.status, Code: c.code, Message: "m"})
		_, _, err := l.create("network:RouteTable", in(object{"routeTableName": "rt"}))
		assert.Equal(t, c.passes, err == nil, "%d %s", c.status, c.code)
	}
}

// Throttling is waited out three times, ever longer, and then reported.
func TestThrottling(t *testing.T) {
	throttle := func(times int) arm.Fault {
		return arm.Fault{Operation: arm.Create, ARMType: "Microsoft.Network/routeTables", Times: times, Status: 429, Code: "TooManyRequests", Message: "slow down"}
	}
	l := slow(t, 2000)
	l.server.Inject(throttle(3))
	began := l.server.subscription.Clock.Now()
	l.must("network:RouteTable", in(object{"routeTableName": "rt"}))
	assert.GreaterOrEqual(t, l.server.subscription.Clock.Now().Sub(began), 200*time.Second)
	fast := hub(t)
	fast.server.Inject(throttle(4))
	_, _, err := fast.create("network:RouteTable", in(object{"routeTableName": "rt"}))
	assert.ErrorContains(t, err, "slow down")
	assert.NoError(t, func() error {
		_, _, err := fast.create("network:RouteTable", in(object{"routeTableName": "rt"}))
		return err
	}())
}

// The state survives a restart, private to its owner; what was under way went on in Azure meanwhile.
func TestRestart(t *testing.T) {
	l := slow(t, 1)
	file := l.server.subscription.StateFile()
	pip := l.read(netID + "publicIPAddresses/pip")
	going := []func() error{
		func() error { _, _, err := l.create("network:AzureFirewall", firewall("f", "na")); return err },
		func() error {
			return l.update("network:VirtualNetwork", netID+"virtualNetworks/nb", vnet("nb", "10.1.0.0/16", subnet("s", "10.1.0.0/24")))
		},
		func() error { return l.delete("network:NetworkSecurityGroup", netID+"networkSecurityGroups/nsg-west") },
	}
	ended := make(chan error)
	for _, operation := range going {
		go func() { ended <- operation() }()
	}
	for id, state := range map[string]string{
		"azureFirewalls/f": arm.StateCreating, "virtualNetworks/nb": arm.StateUpdating, "networkSecurityGroups/nsg-west": arm.StateDeleting,
	} {
		eventually(t, id, func() bool { r := l.read(netID + id); return r != nil && r.State == state })
	}
	assert.Empty(t, l.read(netID + "virtualNetworks/nb").Inputs["subnets"], "an update counts once it has ended")
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	now := l.server.subscription.Clock.Now()
	require.NoError(t, l.server.Close())
	require.NoError(t, l.server.Close(), "closing again does nothing")
	for range going {
		assert.Error(t, <-ended)
	}

	again := start(t, Options{StateFile: file})
	assert.Equal(t, pip, again.read(netID+"publicIPAddresses/pip"))
	created := again.read(netID + "azureFirewalls/f")
	assert.Equal(t, arm.StateSucceeded, created.State)
	assert.Equal(t, "10.0.0.4", tree.Text(tree.List(created.Outputs, "ipConfigurations")[0], "privateIPAddress"))
	assert.Len(t, again.read(netID + "virtualNetworks/nb").Outputs["subnets"], 1)
	assert.Nil(t, again.read(netID+"networkSecurityGroups/nsg-west"))
	assert.False(t, again.server.subscription.Clock.Now().Before(now), "time never goes back")
	require.NoError(t, again.update("network:AzureFirewall", netID+"azureFirewalls/f", firewall("f", "na")), "no lock is left behind")
}

// A state file that cannot be read is an error and not an empty subscription; one that cannot be written fails the operation.
func TestStateFile(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "azure.json")
	require.NoError(t, os.WriteFile(damaged, []byte(`{"now":`), 0o600))
	_, err := Start(Options{StateFile: damaged})
	assert.ErrorContains(t, err, "is damaged")
	_, err = Start(Options{StateFile: t.TempDir()})
	assert.ErrorContains(t, err, "read simulated subscription")

	dir := t.TempDir()
	l := start(t, Options{StateFile: filepath.Join(dir, "state", "azure.json")})
	l.group()
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "state")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "state"), nil, 0o600))
	_, _, err = l.create("network:RouteTable", in(object{"routeTableName": "rt"}))
	assert.ErrorContains(t, err, "save simulated subscription")
	assert.ErrorContains(t, l.delete("resources:ResourceGroup", groupID), "save simulated subscription")
	assert.Equal(t, arm.StateSucceeded, l.read(groupID).State)
	require.NoError(t, os.Remove(filepath.Join(dir, "state")))
	l.must("network:RouteTable", in(object{"routeTableName": "rt"}))
}

// A destroyed stack leaves nothing behind but the Network Watcher, which Azure keeps.
func TestLeft(t *testing.T) {
	l := hub(t)
	l.server.Advance(time.Minute)
	assert.Contains(t, l.server.Left(), netID+"virtualNetworks/na")
	require.NoError(t, l.delete("resources:ResourceGroup", groupID))
	assert.Empty(t, l.server.Left())
	var kept []string
	for _, r := range l.server.Resources() {
		kept = append(kept, r.Type)
	}
	assert.Equal(t, []string{"Microsoft.Resources/resourceGroups", "Microsoft.Network/networkWatchers"}, kept)
}
