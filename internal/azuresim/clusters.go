package azuresim

import (
	"embed"
	"encoding/json"
	"io/fs"

	"aks-regulated-pulumi/internal/resourceid"
)

// clusters is what happens inside of the clusters of a subscription: the objects that they hold, and what Kubernetes, Flux and Helm
// make of them.
type clusters struct {
	*subscription
	// repository is the content to which every Git URL leads.
	repository fs.FS
	// authority is the certificate, in PEM, by which clients know a real API server that is there for all clusters; empty for none.
	authority string
	objects   map[string]*clusterObject // by clusterObject.key
}

// newClusters makes clusters that work once their subscription is set. Without a repository every Git URL leads to an empty one.
func newClusters(repository fs.FS, authority string) *clusters {
	if repository == nil {
		repository = embed.FS{}
	}
	return &clusters{repository: repository, authority: authority, objects: map[string]*clusterObject{}}
}

func (s *clusters) section() section {
	return section{
		name: "objects", save: func() any { return s.sortedObjects() },
		load: func(raw json.RawMessage) error {
			var saved []*clusterObject
			if err := json.Unmarshal(raw, &saved); err != nil {
				return err
			}
			clear(s.objects)
			for _, object := range saved {
				s.objects[object.key()] = object
			}
			return nil
		},
		dropped: func(gone *record) {
			s.dropObjects(func(object *clusterObject) bool { return resourceid.Key(object.Cluster) == resourceid.Key(gone.ID) })
		},
	}
}
