package docscheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"aks-regulated-pulumi/config"
)

// examples finds examples of a stack's configuration that the program would refuse. An example is completed by what is required, so that it
// has to show only what it is about.
func (c *Checker) examples(doc *document) []Finding {
	var findings []Finding
	for _, block := range doc.fences {
		if block.language != "yaml" && block.language != "yml" || !strings.Contains(block.text, c.Project+":") {
			continue
		}
		var example struct {
			Config map[string]any `json:"config"`
		}
		if err := yaml.UnmarshalStrict([]byte(block.text), &example); err != nil {
			findings = append(findings, Finding{doc.path, block.line, fmt.Sprintf("the example is not a stack's configuration: %v", err)})
			continue
		}
		for _, problem := range c.exampleProblems(example.Config) {
			findings = append(findings, Finding{doc.path, block.find(problem.Key), fmt.Sprintf(
				"%s: %q is not allowed; expected %s", problem.Key, problem.Value, problem.Allowed)})
		}
	}
	return findings
}

// exampleProblems returns what is wrong with the example, but for values that the reader has to fill in.
func (c *Checker) exampleProblems(example map[string]any) []config.Problem {
	values := maps.Clone(c.Required)
	var problems []config.Problem
	for _, name := range slices.Sorted(maps.Keys(example)) {
		stored, err := mergeValue(values[name], example[name])
		if err != nil {
			problems = append(problems, config.Problem{Key: name, Value: fmt.Sprint(example[name]), Allowed: err.Error()})
			continue
		}
		values[name] = stored
	}
	var invalid *config.Error
	if errors.As(config.Check(c.Project, values, c.Tools), &invalid) {
		for _, problem := range invalid.Problems {
			if !placeholder.MatchString(problem.Value) {
				problems = append(problems, problem)
			}
		}
	}
	return problems
}

// mergeValue puts a value of YAML over a stored one, property by property, and returns it as Pulumi stores it.
func mergeValue(stored string, value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case map[string]any:
		merged := map[string]any{}
		if stored != "" {
			if err := json.Unmarshal([]byte(stored), &merged); err != nil {
				return "", fmt.Errorf("an object: %w", err)
			}
		}
		maps.Copy(merged, value)
		return encode(merged)
	}
	return encode(value)
}

func encode(value any) (string, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("a value that JSON has: %w", err)
	}
	return string(encoded), nil
}

// find returns the line of a block that names the last part of a key, or the first line of the block.
func (f fence) find(key string) int {
	name := key[strings.LastIndexAny(key, ".:")+1:]
	name, _, _ = strings.Cut(name, "[")
	before, _, found := strings.Cut(f.text, name+":")
	if !found {
		return f.line
	}
	return f.line + strings.Count(before, "\n")
}
