package landingzone

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// Zone is the landing zone of a simulated Azure, as its state file keeps it.
type Zone struct {
	// Subscription is the simulated Azure, once it is there.
	Subscription *arm.Subscription
	kept         kept
	tasks        []*task
}

type kept struct {
	// Document is the content of the last document; empty without a landing zone.
	Document string `json:"document,omitempty"`
	// Made are what was made of it, by id, with a digest of the inputs.
	Made map[string]string `json:"made,omitempty"`
	// There are the keys of all that was there then, what Azure made by itself included.
	There []string `json:"there,omitempty"`
}

// Section keeps the landing zone in the state file. Without a document for a later start, what it says goes on to hold.
func (z *Zone) Section() arm.Section {
	return arm.Section{
		Name: "landingZone",
		Save: func() any { return z.kept },
		Load: func(content json.RawMessage) error {
			saved := kept{}
			if err := json.Unmarshal(content, &saved); err != nil {
				return err
			}
			z.kept = saved
			return nil
		},
		CompleteDue: z.work,
	}
}

// Age is for how long what a landing zone has was there before the stack: all of Azure knows it.
const Age = 24 * time.Hour

// Open takes over a document, or the one that the state file has if there is none, and makes what of it is not there yet: a resource
// that was made once is not made again, and one that has other inputs now is refused. What was removed from the document stays.
func (z *Zone) Open(ctx context.Context, content []byte) error {
	if len(content) == 0 {
		content = []byte(z.kept.Document)
	}
	if len(content) == 0 {
		return nil
	}
	s := z.Subscription
	read, err := Parse(content, s.Catalog())
	if err != nil {
		return err
	}
	s.SetTenant(read.tenant)
	missing, err := z.missing(read)
	if err != nil {
		return err
	}
	stack := z.foreign(s)
	z.kept.Document, z.tasks = string(content), tasksOf(read.later)
	if len(missing) > 0 {
		if err := s.Earlier(Age, func() error { return z.make(ctx, missing) }); err != nil {
			return err
		}
	}
	s.Lock()
	defer s.Unlock()
	s.CompleteDue()
	for r := range s.All() {
		if key := resourceid.Key(r.ID); len(missing) > 0 && !stack[key] && !z.Has(r.ID) {
			z.kept.There = append(z.kept.There, key)
		}
	}
	return s.Save()
}

// missing is what of a document is not made yet.
func (z *Zone) missing(read *Document) ([]planned, error) {
	var missing []planned
	for _, p := range read.resources {
		digest, err := digestOf(p.inputs)
		if err != nil {
			return nil, err
		}
		switch before, made := z.kept.Made[p.id]; {
		case !made:
			missing = append(missing, p)
		case before != digest:
			return nil, fmt.Errorf("landing zone: %s was made with other properties: change them back, or start with another state directory", p.id)
		}
	}
	return missing, nil
}

// foreign are the keys of what is there and no part of the landing zone.
func (z *Zone) foreign(s *arm.Subscription) map[string]bool {
	s.Lock()
	defer s.Unlock()
	s.CompleteDue()
	found := map[string]bool{}
	for r := range s.All() {
		if !z.Has(r.ID) {
			found[resourceid.Key(r.ID)] = true
		}
	}
	return found
}

func (z *Zone) make(ctx context.Context, missing []planned) error {
	for _, p := range missing {
		inputs, err := outputs(z.Subscription, p.inputs)
		if err != nil {
			return fmt.Errorf("landing zone: %s: %w", p.id, err)
		}
		if _, err := z.Subscription.Establish(ctx, p.subscription, p.kind, inputs); err != nil {
			return fmt.Errorf("landing zone: %s: %w", p.id, err)
		}
		digest, err := digestOf(p.inputs)
		if err != nil {
			return err
		}
		if z.kept.Made == nil {
			z.kept.Made = map[string]string{}
		}
		z.kept.Made[p.id] = digest
	}
	return nil
}

// Establish makes a resource as the owner of the landing zone, who may do everything; the type is such as network:VirtualNetworkPeering. It
// counts as what was there before the stack.
func (z *Zone) Establish(ctx context.Context, subscription, armType string, inputs map[string]any) (id string, err error) {
	s := z.Subscription
	kind, err := s.Catalog().KindOf("azure-native:" + armType)
	if err != nil {
		return "", err
	}
	made, err := s.Establish(ctx, subscription, kind, inputs)
	if err != nil {
		return "", err
	}
	s.Lock()
	defer s.Unlock()
	z.kept.There = append(z.kept.There, resourceid.Key(made.ID))
	return made.ID, s.Save()
}

func digestOf(inputs map[string]any) (string, error) {
	content, err := json.Marshal(inputs)
	if err != nil {
		return "", fmt.Errorf("landing zone: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// Has reports whether something was there before the stack.
func (z *Zone) Has(id string) bool { return slices.Contains(z.kept.There, resourceid.Key(id)) }

// State is what was there before the stack, by key of the id, as a GET of each resource returns it now; nil for what is gone.
func (z *Zone) State() map[string]map[string]any {
	s := z.Subscription
	s.Lock()
	defer s.Unlock()
	s.CompleteDue()
	found := map[string]map[string]any{}
	for _, key := range z.kept.There {
		found[key] = s.Answer(key)
	}
	return found
}
