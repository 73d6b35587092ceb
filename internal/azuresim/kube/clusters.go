// Package kube is what happens inside of clusters: objects that Pulumi applies, what Flux and Helm bring, and what virtual nodes run. It
// says why something does not become ready; it is no API server.
package kube

import (
	"embed"
	"encoding/json"
	"io/fs"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/resourceid"
)

// Clusters is what happens inside of the clusters of a subscription: the objects that they hold, and what Kubernetes, Flux and Helm
// make of them.
type Clusters struct {
	*arm.Subscription
	// Repository is the content to which every Git URL leads.
	Repository fs.FS
	// Authority is the certificate, in PEM, by which clients know a real API server that is there for all clusters; empty for none.
	Authority string
	objects   map[string]*Object // by Object.key
}

// NewClusters makes clusters that work once their subscription is set. Without a repository every Git URL leads to an empty one.
func NewClusters(repository fs.FS, authority string) *Clusters {
	if repository == nil {
		repository = embed.FS{}
	}
	return &Clusters{Repository: repository, Authority: authority, objects: map[string]*Object{}}
}

// Section is what the state file keeps of the clusters.
func (s *Clusters) Section() arm.Section {
	return arm.Section{
		Name: "objects", Save: func() any { return s.sortedObjects() },
		Load: func(raw json.RawMessage) error {
			var saved []*Object
			if err := json.Unmarshal(raw, &saved); err != nil {
				return err
			}
			clear(s.objects)
			for _, object := range saved {
				s.objects[object.key()] = object
			}
			return nil
		},
		Dropped: func(gone *arm.Record) {
			s.dropObjects(func(object *Object) bool { return resourceid.Key(object.Cluster) == resourceid.Key(gone.ID) })
		},
	}
}
