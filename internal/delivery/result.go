package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Operations whose results are kept.
const (
	OperationPreview = "preview" // what an update would do
	OperationRefresh = "refresh" // how Azure differs from the state
)

// Bounds of a result, generous for this platform and small enough that a forged one does no harm.
const (
	maxFileBytes  = 8 << 20
	maxTextBytes  = 3 << 20
	maxErrorBytes = 32 << 10
	maxResources  = 5000
	maxCount      = 100_000
	maxNameBytes  = 1024
	// maxDifferences is of one resource; with more of them nobody reads the list.
	maxDifferences = 200
)

// Resource is one resource that an operation would change.
type Resource struct {
	// Type is Pulumi's, for example "azure-native:network/v20240501:VirtualNetwork".
	Type string `json:"type"`
	// Name is the logical name in the program.
	Name string `json:"name"`
	// Op is the engine's name of the operation, such as create, update, delete or replace.
	Op string `json:"op"`
	// Differences are the properties that a refresh found changed, if the provider named any.
	Differences []Difference `json:"differences,omitempty"`
}

// Result is the outcome of a preview or refresh of one stack.
type Result struct {
	Stack     string `json:"stack"`
	Operation string `json:"operation"`
	// Simulated is set if there was no Azure, only the simulated one.
	Simulated bool `json:"simulated"`
	// Empty is set if the simulated Azure held nothing before, and not what the base of the change deploys.
	Empty bool `json:"empty"`
	// OK is set if the operation ended without an error.
	OK bool `json:"ok"`
	// Counts has the number of resources by the engine's name of the operation.
	Counts map[string]int `json:"counts"`
	// Resources are those that would change.
	Resources []Resource `json:"resources"`
	// Text is the engine's diff, without colours and secrets.
	Text string `json:"text"`
	// Error says what went wrong if OK is not set.
	Error string `json:"error,omitempty"`
}

// operationColumns are the operations of the engine in the columns that people read. An operation that is not here is unknown.
var operationColumns = map[string]string{
	"create": "create", "import": "create",
	"update": "update",
	"delete": "delete", "discard": "delete", "remove-pending-replace": "delete",
	"replace": "replace", "create-replacement": "replace", "delete-replaced": "replace", "discard-replaced": "replace",
	"read-replacement": "replace", "import-replacement": "replace",
	"same": "same", "read": "same", "refresh": "same", "diff": "same", "extend-parameterize": "same",
}

// Write writes the result into dir, as <stack>.json.
func (r *Result) Write(dir string) error {
	if err := r.validate(); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, r.Stack+".json"), r)
}

// ReadResult reads the result of a stack in dir and validates it. The error is fs.ErrNotExist if there is none.
func ReadResult(dir, stack string) (*Result, error) {
	if err := CheckStack(stack); err != nil {
		return nil, err
	}
	result := &Result{}
	if err := readJSON(filepath.Join(dir, stack+".json"), result); err != nil {
		return nil, err
	}
	if result.Stack != stack {
		return nil, fmt.Errorf("result of %s: is of stack %.60q", stack, result.Stack)
	}
	return result, result.validate()
}

func (r *Result) validate() error {
	if err := CheckStack(r.Stack); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	err := errors.Join(r.validateOutcome(), r.validateCounts(), r.validateResources())
	if err != nil {
		return fmt.Errorf("result of %s: %w", r.Stack, err)
	}
	return nil
}

func (r *Result) validateOutcome() error {
	switch {
	case r.Operation != OperationPreview && r.Operation != OperationRefresh:
		return fmt.Errorf("operation %.60q is unknown", r.Operation)
	case len(r.Text) > maxTextBytes:
		return fmt.Errorf("text of %d bytes, but at most %d are allowed", len(r.Text), maxTextBytes)
	case len(r.Error) > maxErrorBytes:
		return fmt.Errorf("error of %d bytes, but at most %d are allowed", len(r.Error), maxErrorBytes)
	case r.Empty && !r.Simulated:
		return errors.New("only the simulated Azure can be empty")
	case r.OK != (r.Error == ""):
		return errors.New("ok and error contradict each other")
	}
	return nil
}

func (r *Result) validateCounts() error {
	for op, count := range r.Counts {
		if operationColumns[op] == "" {
			return fmt.Errorf("operation %.60q is unknown", op)
		}
		if count < 0 || count > maxCount {
			return fmt.Errorf("%d resources to %s", count, op)
		}
	}
	return nil
}

func (r *Result) validateResources() error {
	if len(r.Resources) > maxResources {
		return fmt.Errorf("%d resources, but at most %d are allowed", len(r.Resources), maxResources)
	}
	for _, resource := range r.Resources {
		if operationColumns[resource.Op] == "" {
			return fmt.Errorf("operation %.60q is unknown", resource.Op)
		}
		if len(resource.Type)+len(resource.Name) > maxNameBytes {
			return fmt.Errorf("a resource with type and name of more than %d bytes", maxNameBytes)
		}
		if len(resource.Differences) > maxDifferences {
			return fmt.Errorf("a resource with %d differences, but at most %d are allowed", len(resource.Differences), maxDifferences)
		}
		for _, difference := range resource.Differences {
			if len(difference.Path)+len(difference.Why) > maxNameBytes {
				return fmt.Errorf("a difference with path and reason of more than %d bytes", maxNameBytes)
			}
		}
	}
	return nil
}

// columns sums the counts up in the columns that people read.
func (r *Result) columns() map[string]int {
	sums := map[string]int{}
	for op, count := range r.Counts {
		sums[operationColumns[op]] += count
	}
	return sums
}

func writeJSON(path string, document any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create the directory of results: %w", err)
	}
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path, encoded.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write a result: %w", err)
	}
	return nil
}

// readJSON reads a document that may be forged: no links, no unknown fields, no more than one document.
func readJSON(path string, document any) error {
	name := filepath.Base(path)
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileBytes {
		return fmt.Errorf("%s: expected a regular file of at most %d bytes", name, maxFileBytes)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if !utf8.Valid(content) {
		return fmt.Errorf("%s: not UTF-8", name)
	}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(document); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: more than one document", name)
	}
	return nil
}
