package azuresim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/provider"
)

type object = map[string]any

type array = []any

// lab is a simulator with a client on its ports, as the engine is one.
type lab struct {
	t                         *testing.T
	server                    *Server
	azure, random, kubernetes pulumirpc.ResourceProviderClient
	// known are the outputs that the engine would have in its state, as objects by id. Requests may be made at the same time.
	known sync.Map
}

func start(t *testing.T, opts Options) *lab {
	t.Helper()
	if opts.StateFile == "" {
		opts.StateFile = filepath.Join(t.TempDir(), "azure.json")
	}
	opts.Propagation = cmp.Or(opts.Propagation, arm.Immediate) // most tests are about something else
	server, err := Start(opts)
	require.NoError(t, err)
	l := &lab{t: t, server: server}
	l.dial()
	t.Cleanup(func() {
		l.assertSaved()
		assert.NoError(t, server.Close())
	})
	return l
}

// assertSaved checks that a crash at this moment would lose nothing: the files have all that the subscription has.
func (l *lab) assertSaved() {
	l.t.Helper()
	s := l.server.subscription
	s.Lock()
	defer s.Unlock()
	if s.Life.Err() != nil {
		return
	}
	dir := l.t.TempDir()
	require.NoError(l.t, os.CopyFS(dir, os.DirFS(filepath.Dir(s.StateFile()))))
	crashed, err := newServer(Options{StateFile: filepath.Join(dir, filepath.Base(s.StateFile()))})
	require.NoError(l.t, err)
	saved := crashed.subscription
	for r := range s.All() {
		if !s.Unsaved(r.ID) { // by an operation that has not ended
			assert.Equal(l.t, plainJSON(l.t, r), plainJSON(l.t, saved.Find(r.ID)), "%s was changed without touch", r.ID)
		}
	}
	for r := range saved.All() {
		assert.True(l.t, s.Find(r.ID) != nil || s.Unsaved(r.ID), "%s was taken out without forget", r.ID)
	}
	before, after := l.server.sections(), crashed.sections()
	for i, kept := range before {
		assert.Equal(l.t, plainJSON(l.t, kept.Save()), plainJSON(l.t, after[i].Save()), kept.Name)
	}
}

func plainJSON(t *testing.T, value any) (plain any) {
	t.Helper()
	content, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &plain))
	return plain
}

// dial connects to the ports that the engine is told of.
func (l *lab) dial() {
	l.azure, l.random, l.kubernetes = l.connect("azure-native"), l.connect("random"), l.connect("kubernetes")
}

// connect opens a connection of its own, as the engine does for each provider of a program.
func (l *lab) connect(wanted string) pulumirpc.ResourceProviderClient {
	for _, pair := range strings.Split(l.server.DebugProviders(), ",") {
		name, port, _ := strings.Cut(pair, ":")
		if name != wanted {
			continue
		}
		connection, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(l.t, err)
		l.t.Cleanup(func() { assert.NoError(l.t, connection.Close()) })
		return pulumirpc.NewResourceProviderClient(connection)
	}
	require.Fail(l.t, "no such provider", wanted)
	return nil
}

// urnOf carries an API version as the SDK's tokens do; the simulator does not mind which.
func urnOf(token, name string) string {
	module, kind, _ := strings.Cut(token, ":")
	return string(resource.NewURN("dev", "lab", "", tokens.Type("azure-native:"+module+"/v20240101:"+kind), name))
}

// create sends what the engine sends after Check, and returns id and outputs.
func (l *lab) create(token string, inputs object) (string, object, error) {
	properties, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.azure.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf(token, "r"), Properties: properties})
	if err != nil {
		return "", nil, err
	}
	return response.GetId(), l.remember(response.GetId(), response.GetProperties()), nil
}

// remember keeps the outputs of a resource, as the engine does in its state.
func (l *lab) remember(id string, properties *structpb.Struct) object {
	outputs, err := provider.Decode(properties)
	require.NoError(l.t, err)
	l.known.Store(id, outputs)
	return outputs
}

func (l *lab) must(token string, inputs object) string {
	l.t.Helper()
	id, _, err := l.create(token, inputs)
	require.NoError(l.t, err)
	return id
}

func (l *lab) update(token, id string, inputs object) error {
	properties, err := provider.Encode(inputs)
	require.NoError(l.t, err)
	response, err := l.azure.Update(context.Background(), &pulumirpc.UpdateRequest{Urn: urnOf(token, "r"), Id: id, News: properties})
	if err == nil {
		l.remember(id, response.GetProperties())
	}
	return err
}

func (l *lab) delete(token, id string) error {
	_, err := l.azure.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urnOf(token, "r"), Id: id})
	return err
}

// read returns a deployed resource as it is recorded, or nil.
func (l *lab) read(id string) *arm.Record {
	l.server.subscription.Lock()
	defer l.server.subscription.Unlock()
	found := l.server.subscription.Find(id)
	if found == nil {
		return nil
	}
	content, err := json.Marshal(found)
	require.NoError(l.t, err)
	recorded := &arm.Record{}
	require.NoError(l.t, json.Unmarshal(content, recorded))
	return recorded
}

const (
	groupID = "/subscriptions/" + arm.SubscriptionID + "/resourceGroups/rg"
	netID   = groupID + "/providers/Microsoft.Network/"
)

func ref(id string) object { return object{"id": id} }

// in are the inputs of something in the lab's resource group.
func in(inputs object) object {
	inputs["resourceGroupName"] = "rg"
	return inputs
}

func (l *lab) group() string {
	l.t.Helper()
	return l.must("resources:ResourceGroup", object{"resourceGroupName": "rg", "location": "eastus2"})
}

func subnet(name, prefix string, more ...object) object {
	made := object{"name": name, "addressPrefix": prefix}
	for _, properties := range more {
		for property, value := range properties {
			made[property] = value
		}
	}
	return made
}

func vnet(name, space string, subnets ...any) object {
	return in(object{"virtualNetworkName": name, "addressSpace": object{"addressPrefixes": array{space}}, "subnets": array(subnets)})
}

func peering(from, to string) object {
	return in(object{
		"virtualNetworkName": from, "virtualNetworkPeeringName": "to-" + to, "remoteVirtualNetwork": ref(netID + "virtualNetworks/" + to),
	})
}

func publicIP(name string) object {
	return in(object{"publicIpAddressName": name, "sku": object{"name": "Standard"}, "publicIPAllocationMethod": "Static"})
}

func policyInputs(name string) object {
	return in(object{"firewallPolicyName": name, "sku": object{"tier": "Premium"}, "dnsSettings": object{"enableProxy": true}})
}

func firewall(name, vnetName string) object {
	return in(object{
		"azureFirewallName": name, "sku": object{"tier": "Premium"}, "firewallPolicy": ref(netID + "firewallPolicies/p"),
		"ipConfigurations": array{object{
			"name": "main", "subnet": ref(netID + "virtualNetworks/" + vnetName + "/subnets/AzureFirewallSubnet"),
			"publicIPAddress": ref(netID + "publicIPAddresses/pip"),
		}},
	})
}

func ruleGroup(name string, priority float64, collections ...any) object {
	return in(object{
		"firewallPolicyName": "p", "ruleCollectionGroupName": name, "priority": priority, "ruleCollections": array(collections),
	})
}

func collection(name string, priority float64, rules ...any) object {
	return object{"name": name, "priority": priority, "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "rules": array(rules)}
}

func appRule(name string, hosts ...any) object {
	return object{
		"name": name, "ruleType": "ApplicationRule", "sourceAddresses": array{"*"}, "targetFqdns": array(hosts),
		"protocols": array{object{"protocolType": "Https", "port": 443.0}},
	}
}

func netRule(name string, properties object) object {
	rule := object{"name": name, "ruleType": "NetworkRule", "sourceAddresses": array{"*"}}
	for property, value := range properties {
		rule[property] = value
	}
	return rule
}

func nsgRule(name string, priority float64, properties object) object {
	rule := object{
		"name": name, "priority": priority, "access": "Allow", "direction": "Inbound", "protocol": "Tcp",
		"sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443",
	}
	for property, value := range properties {
		if value == nil {
			delete(rule, property)
			continue
		}
		rule[property] = value
	}
	return rule
}

func nsg(name string, rules ...any) object {
	return in(object{"networkSecurityGroupName": name, "securityRules": array(rules)})
}

// eventually waits for what happens in the background of the simulator.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 20*time.Second, 2*time.Millisecond, what)
}

// savedText is all that a state file and its journal have.
func savedText(t *testing.T, file string) string {
	t.Helper()
	var text []byte
	for _, name := range []string{file, file + arm.JournalSuffix} {
		content, err := os.ReadFile(name)
		if !errors.Is(err, fs.ErrNotExist) {
			require.NoError(t, err)
		}
		text = append(text, content...)
	}
	require.NotEmpty(t, text)
	return string(text)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}
