package recovery

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"aks-regulated-pulumi/internal/armpath"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/typetoken"
)

// state is a stack's state as the CLI exports it.
type state struct {
	exported, deployment object
	resources            []resource
	pending              []operation
	// subscription is the GUID of the login's subscription: that of the first resource of a default provider, or of the program without one.
	subscription string
}

// operation is what the engine had begun and not ended.
type operation struct {
	kind     string
	resource resource
}

// What the engine was about.
const (
	creating = "creating"
	deleting = "deleting"
)

// parseState reads what "pulumi stack export" prints.
func parseState(output []byte) (*state, error) {
	s := &state{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	decoder.UseNumber()
	if err := decoder.Decode(&s.exported); err != nil {
		return nil, err
	}
	if s.deployment = asObject(s.exported["deployment"]); s.deployment == nil {
		return nil, errors.New("it has none")
	}
	list, _ := s.deployment["resources"].([]any)
	for _, element := range list {
		s.resources = append(s.resources, resource{asObject(element)})
	}
	list, _ = s.deployment["pending_operations"].([]any)
	for _, element := range list {
		noted := resource{asObject(element)}
		s.pending = append(s.pending, operation{noted.text("type"), resource{asObject(noted.object["resource"])}})
	}
	for _, known := range s.resources {
		if strings.Contains(known.text("provider"), "::default") {
			if s.subscription = resourceid.Subscription(known.id()); s.subscription != "" {
				break
			}
		}
	}
	return s, nil
}

// encode is the state as "pulumi stack import" reads it. Nothing is pending any more.
func (s *state) encode() ([]byte, error) {
	list := make([]any, 0, len(s.resources))
	for _, known := range s.resources {
		list = append(list, known.object)
	}
	s.deployment["resources"] = list
	delete(s.deployment, "pending_operations")
	return json.Marshal(s.exported)
}

// doubt is a resource of which the state does not know whether and how it is in Azure.
type doubt struct {
	// operation is what was interrupted; empty for a resource of the state that was left with an error.
	operation string
	// resource is as the state or the operation has it, with the id that it has or would have.
	resource resource
}

// key identifies a resource among others of the same URN, as while it is being replaced.
func (d *doubt) key() string { return d.resource.urn() + "|" + resourceid.Key(d.resource.id()) }

// outcome is what becomes of a doubt.
type outcome int

const (
	settled outcome = iota
	adopted
	dropped
	repeated
	replaced
)

// neverUpdated are types that Azure creates but does not update: a template that failed stays failed, and a script that failed does not run
// again by itself ("Troubleshoot Azure VM Image Builder", "Use deployment scripts in ARM templates").
var neverUpdated = []string{typetoken.ImageTemplate, typetoken.Script}

// doubts lists what has to be looked up in Azure.
func (s *state) doubts() []*doubt {
	var found []*doubt
	for _, noted := range s.pending {
		candidate := &doubt{operation: noted.kind, resource: noted.resource}
		if noted.kind == creating {
			id, err := s.idOf(noted.resource)
			if err != nil {
				continue
			}
			candidate.resource = noted.resource.withID(id)
		} else if noted.resource.id() == "" {
			// An update has noted what it is to become, without the id.
			candidate.resource = noted.resource.withID(s.knownID(noted.resource.urn()))
		}
		if candidate.resource.id() != "" && armpath.Known(candidate.resource.token()) {
			found = append(found, candidate)
		}
	}
	for _, known := range s.resources {
		if failures, _ := known.object["initErrors"].([]any); len(failures) == 0 || !armpath.Known(known.token()) || known.is("delete") {
			continue
		}
		candidate := &doubt{resource: known}
		if !slices.ContainsFunc(found, func(d *doubt) bool { return d.key() == candidate.key() }) {
			found = append(found, candidate)
		}
	}
	return found
}

// inAzure reports whether something of Azure is pending.
func (s *state) inAzure() bool {
	return slices.ContainsFunc(s.pending, func(noted operation) bool { return armpath.Known(noted.resource.token()) })
}

func (s *state) knownID(urn string) string {
	for _, known := range s.resources {
		if known.urn() == urn && !known.is("delete") {
			return known.id()
		}
	}
	return ""
}

// idOf is the id that a resource gets in Azure. It fails for one of another provider, and if a name is not known.
func (s *state) idOf(r resource) (string, error) {
	names := object{}
	for _, name := range armpath.Names(r.token()) {
		if value := r.inputs()[name]; !masked(value) {
			names[name] = value
		}
	}
	return armpath.ID(r.token(), s.subscriptionOf(r), names)
}

// subscriptionOf is the GUID of the subscription in which a resource's provider makes it.
func (s *state) subscriptionOf(r resource) string {
	if known := s.find(providerURN(r.text("provider"))); known != nil {
		if named, ok := known.inputs()["subscriptionId"].(string); ok && named != "" {
			return named
		}
	}
	return s.subscription
}

// resolve enters in the state how a doubt has ended; found is what Azure has, nil for nothing.
func (s *state) resolve(d *doubt, found *resource) outcome {
	if d.operation == creating {
		if found == nil {
			return dropped
		}
		return s.adopt(d.resource, *found)
	}
	at := slices.IndexFunc(s.resources, func(r resource) bool {
		return r.urn() == d.resource.urn() && resourceid.Equal(r.id(), d.resource.id())
	})
	if at < 0 {
		return settled
	}
	known := s.resources[at]
	switch {
	case found == nil && !s.needed(known):
		s.resources = slices.Delete(s.resources, at, at+1)
		return dropped
	case d.operation == deleting || known.is("pendingReplacement"):
		return settled
	}
	return judge(known, found)
}

// judge says how to go on with a resource of the state that was left unfinished.
func judge(known resource, found *resource) outcome {
	if found == nil || !slices.Contains(neverUpdated, known.token()) {
		known.object["initErrors"] = []any{"the last operation did not end"}
		return repeated
	}
	if found.failed() {
		known.object["taint"] = true
		return replaced
	}
	delete(known.object, "initErrors")
	known.object["outputs"] = outputsOf(known, *found)
	return adopted
}

// adopt adds a resource as its creation would have: with the inputs that were sent, and the outputs that Azure has. One that it replaces goes
// with it, or stays to be deleted.
func (s *state) adopt(made, found resource) outcome {
	s.resources = slices.DeleteFunc(s.resources, func(r resource) bool {
		return r.urn() == made.urn() && (r.is("pendingReplacement") || resourceid.Equal(r.id(), made.id()))
	})
	for _, r := range s.resources {
		if r.urn() == made.urn() {
			r.object["delete"] = true
		}
	}
	made.object["outputs"] = outputsOf(made, found)
	result := adopted
	if found.failed() {
		made.object["initErrors"], result = []any{"Azure created it and reports that it failed"}, repeated
		if slices.Contains(neverUpdated, made.token()) {
			made.object["taint"], result = true, replaced
		}
	}
	s.resources = append(s.resources, made)
	return result
}

// needed reports whether the state cannot do without a resource: others refer to it.
func (s *state) needed(gone resource) bool {
	return slices.ContainsFunc(s.resources, func(r resource) bool { return r.urn() != gone.urn() && r.refersTo(gone.urn()) })
}

// inputsOutput is where azure-native 2.x keeps a copy of the inputs among the outputs.
const inputsOutput = "__inputs"

// outputsOf are the outputs that Azure has, with secrets as the state marks them: what is secret among the inputs is secret among the outputs.
func outputsOf(known, found resource) object {
	outputs := object{}
	for name, value := range found.outputs() {
		sent, isInput := known.inputs()[name]
		switch {
		case isInput && masked(sent) && asObject(sent)[signature] == nil && asObject(value) != nil && !masked(value):
			// A part of it is secret, and Azure may not return just that part.
			outputs[name] = secret(value)
		case isInput && masked(sent):
			outputs[name] = sent
		case name == inputsOutput:
			outputs[name] = known.inputs()
		case !masked(value):
			outputs[name] = value
		}
	}
	return outputs
}
