package azuresim

import "time"

// runRecord is what Azure knows of an image build or of a deployment script.
type runRecord struct {
	Started time.Time `json:"started"`
	Ends    time.Time `json:"ends"`
	// Failure is the message of a run that fails; empty for one that succeeds.
	Failure string `json:"failure,omitempty"`
	// Settled is set once the outcome has taken effect.
	Settled bool `json:"settled,omitempty"`
	// Outputs are what a deployment script returned.
	Outputs map[string]any `json:"outputs,omitempty"`
}
