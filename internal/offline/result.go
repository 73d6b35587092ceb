package offline

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Step is what the engine did, or would do in a preview, to one resource.
type Step struct {
	// URN and Type identify the resource, for example type "azure-native:network/v20240501:VirtualNetwork".
	URN  string `json:"urn"`
	Type string `json:"type"`
	// Op is the engine's name of the operation: same, create, update, delete, replace, create-replacement,
	// delete-replaced, read, refresh and so on.
	Op string `json:"op"`
	// Parent is the URN of the component the resource belongs to.
	Parent string `json:"parent,omitempty"`
	// ID is the resource's id, once it is known.
	ID string `json:"id,omitempty"`
	// Diffs are the names of the properties that differ.
	Diffs []string `json:"diffs,omitempty"`
	// Failed is set if the provider refused the operation; a diagnostic for the URN says why.
	Failed bool `json:"failed,omitempty"`
}

// Diagnostic is one message of the engine, the program or a provider.
type Diagnostic struct {
	// URN names the resource the message is about, if it is about one.
	URN string `json:"urn,omitempty"`
	// Severity is "info", "info#err" (standard error of the program), "warning" or "error".
	Severity string `json:"severity"`
	// Message is plain text without colours.
	Message string `json:"message"`
}

// Result is the outcome of an operation.
type Result struct {
	// Operation is "preview", "up", "refresh" or "destroy".
	Operation string `json:"operation"`
	Stack     string `json:"stack"`
	// Steps are in the order in which the engine began them.
	Steps []Step `json:"steps"`
	// Changes counts resources by operation, as the engine sums up: for example {"create": 12, "same": 3}.
	Changes     map[string]int `json:"changes"`
	Diagnostics []Diagnostic   `json:"diagnostics"`
	// Outputs are the stack's outputs after the operation. A secret is "[secret]", and what only an update can tell is
	// "[unknown]" in a preview.
	Outputs map[string]any `json:"outputs"`
	// DurationSeconds is the engine's own measure.
	DurationSeconds int `json:"durationSeconds"`
	// Events are the engine's events, complete and in order.
	Events []apitype.EngineEvent `json:"-"`
}

// Errors returns the messages of the diagnostics that are errors.
func (r *Result) Errors() []string {
	var messages []string
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			messages = append(messages, d.Message)
		}
	}
	return messages
}

// EngineError says that the engine ran and failed. Its output and diagnostics, which the engine has printed already,
// have the details.
type EngineError struct {
	Operation, Stack string
	// Messages are the engine's errors.
	Messages []string
	// Advice says what to do if the state may lack what Azure has; otherwise it is empty.
	Advice string
}

// Error joins the engine's messages, and what to do.
func (e *EngineError) Error() string {
	message := fmt.Sprintf("%s of stack %q failed: %s", e.Operation, e.Stack, strings.Join(e.Messages, "; "))
	if e.Advice != "" {
		message += ". " + e.Advice
	}
	return message
}

// stackType is the type of the root of a stack's resources, whose outputs are those of the stack.
const stackType = "pulumi:pulumi:Stack"

// collect reads events until the channel closes or stop does, and adds them to the result.
func (r *Result) collect(stream <-chan events.EngineEvent, stop <-chan struct{}) {
	running := map[string]int{}
	for {
		select {
		case event, open := <-stream:
			if !open {
				return
			}
			if event.Error == nil {
				r.add(event.EngineEvent, running)
			}
		case <-stop:
			return
		}
	}
}

// add takes one event in. Running holds, by URN, the index of the step that the engine has begun last.
func (r *Result) add(event apitype.EngineEvent, running map[string]int) {
	r.Events = append(r.Events, event)
	switch {
	case event.ResourcePreEvent != nil:
		meta := event.ResourcePreEvent.Metadata
		running[meta.URN] = len(r.Steps)
		step := Step{URN: meta.URN, Type: meta.Type, Op: string(meta.Op), Diffs: meta.Diffs}
		step.describe(meta)
		r.Steps = append(r.Steps, step)
	case event.ResOutputsEvent != nil:
		meta := event.ResOutputsEvent.Metadata
		if i, found := running[meta.URN]; found {
			// A refresh learns what it has to do only from the provider's answer.
			r.Steps[i].Op, r.Steps[i].Diffs = string(meta.Op), meta.Diffs
			r.Steps[i].describe(meta)
		}
		if meta.Type == stackType && meta.New != nil {
			for name, value := range meta.New.Outputs {
				r.Outputs[name] = presentOutput(value)
			}
		}
	case event.ResOpFailedEvent != nil:
		if i, found := running[event.ResOpFailedEvent.Metadata.URN]; found {
			r.Steps[i].Failed = true
		}
	case event.DiagnosticEvent != nil:
		d := event.DiagnosticEvent
		if !d.Ephemeral {
			message := strings.TrimSpace(colors.Never.Colorize(d.Message))
			r.Diagnostics = append(r.Diagnostics, Diagnostic{d.URN, d.Severity, message})
		}
	case event.SummaryEvent != nil:
		for op, count := range event.SummaryEvent.ResourceChanges {
			r.Changes[string(op)] = count
		}
		r.DurationSeconds = event.SummaryEvent.DurationSeconds
	}
}

func (s *Step) describe(meta apitype.StepEventMetadata) {
	for _, state := range []*apitype.StepEventStateMetadata{meta.Old, meta.New} {
		if state == nil {
			continue
		}
		s.Parent = state.Parent
		if state.ID != "" {
			s.ID = state.ID
		}
	}
}

// presentOutput replaces the markers that the engine's events have for unknown and secret values by readable ones.
func presentOutput(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value[resource.SigKey] == resource.SecretSig {
			return "[secret]"
		}
		readable := make(map[string]any, len(value))
		for key, element := range value {
			readable[key] = presentOutput(element)
		}
		return readable
	case []any:
		readable := make([]any, len(value))
		for i, element := range value {
			readable[i] = presentOutput(element)
		}
		return readable
	case string:
		if value == plugin.UnknownStringValue {
			return "[unknown]"
		}
	}
	return value
}
