package landingzone

import (
	"slices"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
)

// delay is how long the owners take to make what was asked of them, once it can be made, and to try again what was refused.
const delay = 5 * time.Minute

// task is something that owners make when what it refers to is there, and clear away when that is gone.
type task struct {
	planned
	needs   []string  // ids
	since   time.Time // from when on it can be made; zero while it cannot
	working bool
}

// tasksOf are the tasks of a document.
func tasksOf(later []planned) []*task {
	var tasks []*task
	for _, p := range later {
		t := &task{planned: p, needs: []string{resourceid.Parent(p.id)}}
		t.collect(p.inputs)
		tasks = append(tasks, t)
	}
	return tasks
}

// collect adds the ids that a value names, and those of resources whose outputs it has.
func (t *task) collect(value any) {
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(strings.ToLower(v), "/subscriptions/") {
			t.needs = append(t.needs, v)
		}
		for _, match := range reference.FindAllStringSubmatch(v, -1) {
			t.needs = append(t.needs, match[1])
		}
	case map[string]any:
		for _, item := range v {
			t.collect(item)
		}
	case []any:
		for _, item := range v {
			t.collect(item)
		}
	}
}

// work lets owners do what they were asked for, and clear away what leads to nothing any more. The subscription's lock is held.
func (z *Zone) work(now time.Time) {
	s := z.Subscription
	for _, t := range z.tasks {
		possible := !slices.ContainsFunc(t.needs, func(id string) bool { return !s.IsReady(id) && s.Catalog().BuiltIn(id) == nil })
		made := s.Find(t.id)
		switch {
		case t.working:
		case made != nil && slices.ContainsFunc(t.needs, func(id string) bool { return s.Gone(id) }) && z.Has(t.id):
			z.kept.There = slices.DeleteFunc(z.kept.There, func(key string) bool { return key == resourceid.Key(t.id) })
			t.since = time.Time{}
			s.Drop(made)
		case made != nil:
		case !possible:
			t.since = time.Time{}
		case t.since.IsZero():
			t.since = now
		case now.Sub(t.since) >= delay:
			t.working, t.since = true, now
			s.Go(func() { z.perform(t) })
		}
	}
}

// perform makes what a task is about. What Azure refuses is tried again after the delay.
func (z *Zone) perform(t *task) {
	s := z.Subscription
	inputs, err := outputs(s, t.inputs)
	if err == nil {
		s.Lock()
		z.kept.There = append(z.kept.There, resourceid.Key(t.id))
		s.Unlock()
		_, err = s.Establish(s.Life, t.subscription, t.kind, inputs)
	}
	s.Lock()
	defer s.Unlock()
	t.working = false
	if err != nil && s.Find(t.id) == nil {
		z.kept.There = slices.DeleteFunc(z.kept.There, func(key string) bool { return key == resourceid.Key(t.id) })
	}
	_ = s.Save() // the operation has said so if nothing can be saved
}
