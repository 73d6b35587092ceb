package docs_test

import (
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"aks-regulated-pulumi/config"
	"aks-regulated-pulumi/internal/configtest"
)

// stackConfig loads a checked-in stack, completed by what only a real deployment has.
func stackConfig(t *testing.T, stack string) *config.Config {
	t.Helper()
	pulumiYAML, err := workspace.LoadProject(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	settings, err := workspace.LoadProjectStack(nil, pulumiYAML, filepath.Join(root, "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	stored, err := settings.Config.Decrypt(pulumiconfig.NopDecrypter)
	require.NoError(t, err)
	values := map[string]string{}
	for key, value := range stored {
		values[key.Name()] = value
	}
	cfg, err := config.Load(source(configtest.Stored(t, project, configtest.Required(values))), imageTools(t))
	require.NoError(t, err)
	return cfg
}

type source map[string]string

func (source) Project() string { return project }

func (s source) GetConfig(key string) (string, bool) {
	value, ok := s[key]
	return value, ok
}

// costTable returns the rows below a heading of docs/costs.md, by their first cell, without it.
func costTable(t *testing.T, heading string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("costs.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string][]string{}
	for line := range strings.SplitSeq(section, "\n") {
		line, isRow := strings.CutPrefix(line, "| ")
		if !isRow {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, " |"), " | ")
		if cells[0] != "What" && cells[0] != "Pool" && !strings.HasPrefix(cells[0], "**") {
			require.NotContains(t, rows, cells[0], "the row occurs twice")
			rows[cells[0]] = cells[1:]
		}
	}
	require.NotEmpty(t, rows, heading)
	return rows
}

// counts are what a stack has of what is billed by piece.
func counts(cfg *config.Config) map[string]int {
	stamps := len(cfg.Stamps)
	vCores := stamps * (cfg.NodePools.SystemMin + 2*cfg.NodePools.UserMin) * 4
	has := func(yes bool, n int) int {
		if yes {
			return n
		}
		return 0
	}
	return map[string]int{
		"Firewall, deployment":          has(cfg.Firewall.Tier == "Premium", 1),
		"Bastion":                       has(cfg.Bastion.SKU == "Standard", 1),
		"Public IP addresses":           cfg.Firewall.PublicIPCount + 1 + stamps,
		"AKS control plane, Standard":   has(cfg.Cluster.SKUTier == "Standard", stamps),
		"AKS control plane, Premium":    has(cfg.Cluster.SKUTier == "Premium", stamps),
		"Nodes, system pool":            has(cfg.NodePools.VMSize == "Standard_D4ds_v5", stamps*cfg.NodePools.SystemMin),
		"Nodes, user pools":             has(cfg.NodePools.VMSize == "Standard_D4ds_v5", stamps*2*cfg.NodePools.UserMin),
		"Jump boxes":                    has(cfg.JumpBoxes.VMSize == "Standard_D2ds_v5", stamps*cfg.JumpBoxes.Count),
		"Gateway, fixed":                stamps,
		"Gateway, capacity units":       stamps * cfg.Gateway.MinCapacity * 10,
		"Registry":                      stamps,
		"Registry, replica":             has(cfg.Registry.GeoReplication == "centralus", stamps),
		"Private endpoints":             2 * stamps,
		"Private DNS zones":             3,
		"Defender for Containers":       has(cfg.Defender.Enabled, vCores),
		"Defender for Key Vault":        has(cfg.Defender.Enabled, stamps),
		"Defender for Resource Manager": has(cfg.Defender.Enabled, 1),
		"Image build, machine":          has(cfg.ImageBuilder.VMSize == "Standard_D2ds_v5", 1),
		"Image, managed image":          has(cfg.ImageBuilder.Distribute == config.ManagedImage, cfg.ImageBuilder.OSDiskSizeGB),
		"Image, gallery":                has(cfg.ImageBuilder.Distribute == config.SharedImage, cfg.ImageBuilder.OSDiskSizeGB),
		"Virtual nodes, vCPU":           has(cfg.VirtualNodes.Enabled, 1),
	}
}

// The list of costs counts what the checked-in stacks deploy.
func TestCostsCountTheStacks(t *testing.T) {
	prices := costTable(t, "By month")
	for i, stack := range []string{"dev", "prod"} {
		cfg := stackConfig(t, stack)
		require.Equal(t, "eastus2", cfg.Location, "the prices are of another region")
		for what, count := range counts(cfg) {
			if assert.Contains(t, prices, what) {
				assert.Equal(t, strconv.Itoa(count), prices[what][i], "%s in %s", what, stack)
			}
		}
		pools, nodes := costTable(t, "Nodes, at least and at most"), cfg.NodePools
		assert.Equal(t, []string{strconv.Itoa(nodes.SystemMin), strconv.Itoa(nodes.SystemMax)}, pools["System pool"][2*i:2*i+2], stack)
		assert.Equal(t, []string{strconv.Itoa(2 * nodes.UserMin), strconv.Itoa(2 * nodes.UserMax)}, pools["User pools, both"][2*i:2*i+2], stack)
	}
}

// Amounts are count times price, sums add them up, and a price that is not known counts nowhere.
func TestCostsAddUp(t *testing.T) {
	times := map[string]float64{"hour": 730, "day": 730.0 / 24}
	var sums [2]float64
	for what, row := range costTable(t, "By month") {
		require.Len(t, row, 6, what)
		if row[2] == "look up" {
			assert.Equal(t, []string{"look up", "look up"}, row[4:], what)
			continue
		}
		price, factor := number(t, row[2]), 1.0
		if hours, ok := times[row[3]]; ok {
			factor = hours
		}
		for i := range sums {
			amount := number(t, row[i]) * price * factor
			assert.InDelta(t, amount, number(t, row[4+i]), 0.0051, "%s, column %d", what, i)
			sums[i] += number(t, row[4+i])
		}
	}
	text, err := os.ReadFile("costs.md")
	require.NoError(t, err)
	sum := fmt.Sprintf("| **Sum of what is known** | | | | | %.2f | %.2f |", sums[0], sums[1])
	assert.True(t, strings.Contains(string(text), sum), "the sums are not %s", sum)
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	require.False(t, math.IsNaN(value))
	return value
}

// Every price can be looked up by a reader, with a page and a filter of the public API.
func TestCostsCanBeLookedUp(t *testing.T) {
	filters := costTable(t, "Looking prices up")
	for what := range costTable(t, "By month") {
		if assert.Contains(t, filters, what) {
			address, err := url.Parse(strings.Trim(filters[what][1], "`"))
			require.NoError(t, err, what)
			assert.Equal(t, "prices.azure.com/api/retail/prices", address.Host+address.Path, what)
			assert.Contains(t, address.RawQuery, "$filter=", what)
			assert.Contains(t, filters[what][0], "ricing", what)
			delete(filters, what)
		}
	}
	assert.Empty(t, filters, "filters of nothing in the list")
}
