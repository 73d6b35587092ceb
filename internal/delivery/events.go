package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// engineEvent is the part that is read here of what the engine logs, as one JSON document for each event.
type engineEvent struct {
	Resource *struct {
		Metadata stepMetadata `json:"metadata"`
	} `json:"resourcePreEvent"`
	Outputs *struct {
		Metadata stepMetadata `json:"metadata"`
	} `json:"resOutputsEvent"`
	Diagnostic *struct {
		Message   string `json:"message"`
		Severity  string `json:"severity"`
		Ephemeral bool   `json:"ephemeral"`
	} `json:"diagnosticEvent"`
	Summary *struct {
		Changes map[string]int `json:"resourceChanges"`
	} `json:"summaryEvent"`
}

type stepMetadata struct {
	Op   string `json:"op"`
	URN  string `json:"urn"`
	Type string `json:"type"`
	// Differences are the changed properties by path.
	Differences map[string]struct{} `json:"detailedDiff"`
	Old         stateMetadata       `json:"old"`
	New         stateMetadata       `json:"new"`
}

// stateMetadata is a resource before or after a step; the engine has replaced secrets.
type stateMetadata struct {
	Inputs map[string]any `json:"inputs"`
}

// colour is the engine's markup in messages, such as <{%reset%}>.
var colours = strings.NewReplacer("<{%reset%}>", "", "<{%bold%}>", "", "<{%underline%}>", "")

// readEvents adds what the engine has logged to a result, and returns its errors.
func (r *Result) readEvents(path string) ([]string, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // the engine has not started
	}
	if err != nil {
		return nil, fmt.Errorf("read the engine's events: %w", err)
	}
	defer file.Close()
	var messages []string
	steps := newSteps()
	decoder := json.NewDecoder(file)
	for {
		var event engineEvent
		// The last document is cut off if the engine was stopped.
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			r.Resources = steps.changes(r.Operation)
			return messages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the engine's events: %w", err)
		}
		switch {
		case event.Resource != nil:
			steps.add(event.Resource.Metadata)
		case event.Outputs != nil:
			steps.add(event.Outputs.Metadata)
		case event.Summary != nil:
			r.Counts = event.Summary.Changes
		case event.Diagnostic != nil && event.Diagnostic.Severity == "error" && !event.Diagnostic.Ephemeral:
			messages = append(messages, strings.TrimSpace(colours.Replace(event.Diagnostic.Message)))
		}
	}
}

// steps holds the last operation of each resource: a refresh learns what it has to do only from the provider's answer.
type steps struct {
	order []string
	byURN map[string]stepMetadata
}

func newSteps() *steps { return &steps{byURN: map[string]stepMetadata{}} }

func (s *steps) add(metadata stepMetadata) {
	if _, found := s.byURN[metadata.URN]; !found {
		s.order = append(s.order, metadata.URN)
	}
	s.byURN[metadata.URN] = metadata
}

func (s *steps) changes(operation string) []Resource {
	changes := []Resource{}
	for _, urn := range s.order {
		step := s.byURN[urn]
		if operationColumns[step.Op] == "same" || len(changes) == maxResources {
			continue
		}
		// The last part of a URN is the resource's name.
		name := urn[strings.LastIndex(urn, "::")+len("::"):]
		change := Resource{Type: step.Type, Name: name, Op: step.Op}
		if operation == OperationRefresh {
			change.Differences = step.differences()
		}
		changes = append(changes, change)
	}
	return changes
}

// differences judges the properties that a step changes. Those beyond the bound count as one that is not expected.
func (m *stepMetadata) differences() []Difference {
	var differences []Difference
	for _, path := range slices.Sorted(maps.Keys(m.Differences)) {
		if len(path) > maxNameBytes/2 {
			path = path[:maxNameBytes/2]
		}
		if len(differences) == maxDifferences-1 {
			return append(differences, Difference{Path: "and more"})
		}
		differences = append(differences, Difference{path, whyExpected(m.Type, path, valueAt(m.Old.Inputs, path), valueAt(m.New.Inputs, path))})
	}
	return differences
}

// pathPart is a part of a property's path: a name, a name in brackets, or an index.
var pathPart = regexp.MustCompile(`\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)`)

// valueAt is the value of a property, or nil.
func valueAt(inputs map[string]any, path string) any {
	var value any = inputs
	for _, part := range pathPart.FindAllStringSubmatch(path, -1) {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[part[1]+part[3]]
		case []any:
			at, err := strconv.Atoi(part[2])
			if err != nil || at >= len(inside) {
				return nil
			}
			value = inside[at]
		default:
			return nil
		}
	}
	return value
}
