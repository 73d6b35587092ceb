package alertsmanagement

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder records what is registered.
type recorder struct {
	mu      sync.Mutex
	created []pulumi.MockResourceArgs
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.created = append(r.created, args)
	state := args.Inputs.Copy()
	state["name"] = args.Inputs["ruleGroupName"]
	return "/prometheusRuleGroups/group", state, nil
}

func (*recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{}, nil
}

func run(t *testing.T, program pulumi.RunFunc) *recorder {
	t.Helper()
	r := &recorder{}
	require.NoError(t, pulumi.RunErr(program, pulumi.WithMocks("project", "stack", r)))
	return r
}

// A stack made with this type keeps its state when the SDK's module takes over: same token, version and properties, of alerts
// as of recordings, whether given as values or as outputs.
func TestRegistration(t *testing.T) {
	var mu sync.Mutex
	var names []any
	r := run(t, func(ctx *pulumi.Context) error {
		alert := PrometheusRuleArgs{
			Alert: pulumi.String("Down"), Expression: pulumi.String("up == 0"), For: pulumi.String("PT5M"),
			Severity: pulumi.Int(3), Enabled: pulumi.Bool(true),
			Labels:      pulumi.StringMap{"severity": pulumi.String("warning")},
			Annotations: pulumi.StringMap{"description": pulumi.String("It is down.")},
			ResolveConfiguration: PrometheusRuleResolveConfigurationArgs{
				AutoResolved: pulumi.Bool(true), TimeToResolve: pulumi.String("PT10M"),
			},
			Actions: PrometheusRuleGroupActionArray{PrometheusRuleGroupActionArgs{
				ActionGroupId: pulumi.String("/ag"), ActionProperties: pulumi.StringMap{"x": pulumi.String("y")},
			}.ToPrometheusRuleGroupActionOutput()},
		}
		group, err := NewPrometheusRuleGroup(ctx, "group", &PrometheusRuleGroupArgs{
			RuleGroupName: pulumi.String("rules"), ResourceGroupName: pulumi.String("rg"), Location: pulumi.String("eastus2"),
			ClusterName: pulumi.String("aks"), Description: pulumi.String("Rules."), Enabled: pulumi.Bool(true),
			Interval: pulumi.String("PT1M"), Scopes: pulumi.StringArray{pulumi.String("/amw")},
			Rules: PrometheusRuleArray{
				alert, PrometheusRuleArgs{Record: pulumi.String("a:b:sum"), Expression: pulumi.String("sum(up)")}.ToPrometheusRuleOutput(),
			}.ToPrometheusRuleArrayOutput(),
		})
		if err != nil {
			return err
		}
		// group.Name ties the combination to the program, which then waits for it.
		pulumi.All(group.Name, group.ToPrometheusRuleGroupOutput().Name()).ApplyT(func(v []any) []any {
			mu.Lock()
			defer mu.Unlock()
			names = v
			return v
		})
		return nil
	})
	require.Len(t, r.created, 1)
	got := r.created[0]
	assert.Equal(t, "azure-native:alertsmanagement/v20230301:PrometheusRuleGroup", got.TypeToken)
	assert.Equal(t, map[string]any{
		"ruleGroupName": "rules", "resourceGroupName": "rg", "location": "eastus2", "clusterName": "aks",
		"description": "Rules.", "enabled": true, "interval": "PT1M", "scopes": []any{"/amw"},
		"rules": []any{
			map[string]any{
				"alert": "Down", "expression": "up == 0", "for": "PT5M", "severity": 3.0, "enabled": true,
				"labels":               map[string]any{"severity": "warning"},
				"annotations":          map[string]any{"description": "It is down."},
				"resolveConfiguration": map[string]any{"autoResolved": true, "timeToResolve": "PT10M"},
				"actions": []any{map[string]any{
					"actionGroupId": "/ag", "actionProperties": map[string]any{"x": "y"},
				}},
			},
			map[string]any{"record": "a:b:sum", "expression": "sum(up)"},
		},
	}, got.Inputs.Mappable())
	opts, err := pulumi.NewResourceOptions(utilities.PkgResourceDefaultOpts(nil)...)
	require.NoError(t, err)
	assert.Equal(t, opts.Version, got.RegisterRPC.GetVersion())
	assert.Equal(t, "2.90.0", got.RegisterRPC.GetVersion())
	assert.Equal(t, []any{"rules", "rules"}, names)
}

// A forgotten required argument is an error that names it, before anything is registered.
func TestRequiredArguments(t *testing.T) {
	scopes, rules := pulumi.StringArray{pulumi.String("/amw")}, PrometheusRuleArray{}
	for want, args := range map[string]*PrometheusRuleGroupArgs{
		"missing one or more required arguments": nil,
		"'ResourceGroupName'":                    {Rules: rules, Scopes: scopes},
		"'Rules'":                                {ResourceGroupName: pulumi.String("rg"), Scopes: scopes},
		"'Scopes'":                               {ResourceGroupName: pulumi.String("rg"), Rules: rules},
	} {
		r := run(t, func(ctx *pulumi.Context) error {
			_, err := NewPrometheusRuleGroup(ctx, "group", args)
			assert.ErrorContains(t, err, want)
			return nil
		})
		assert.Empty(t, r.created)
	}
}

// An existing rule group can be read by id.
func TestGet(t *testing.T) {
	r := run(t, func(ctx *pulumi.Context) error {
		_, err := GetPrometheusRuleGroup(ctx, "existing", pulumi.ID("/some/group"), nil)
		return err
	})
	require.Len(t, r.created, 1)
	assert.Equal(t, "/some/group", r.created[0].ID)
}
