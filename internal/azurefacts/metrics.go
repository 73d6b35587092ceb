package azurefacts

import (
	"regexp"
	"strings"
	"sync"
)

// MetricTarget is what managed Prometheus reads by default.
type MetricTarget struct {
	// Setting names the target in the ConfigMap ama-metrics-settings-configmap, Job its series.
	Setting string `json:"setting"`
	Job     string `json:"job"`
	// Metrics are regular expressions of the names that the agent keeps with its minimal profile.
	Metrics []string `json:"metrics"`
}

var metricTargets = sync.OnceValue(func() []MetricTarget {
	var found []MetricTarget
	for _, file := range readAll[struct {
		Document Document       `json:"document"`
		Targets  []MetricTarget `json:"targets"`
	}]("metrics") {
		found = append(found, file.Targets...)
	}
	return found
})

// MetricTargets are the targets of managed Prometheus whose metrics the platform's rules read.
func MetricTargets() []MetricTarget { return metricTargets() }

// Keeps reports whether the agent keeps a metric of the target, by its own list or by what the setting of the target adds to it.
func (t MetricTarget) Keeps(metric, added string) bool {
	kept := strings.Join(t.Metrics, "|")
	if added != "" {
		kept += "|" + added
	}
	matched, err := regexp.MatchString("^(?:"+kept+")$", metric)
	return err == nil && matched
}
