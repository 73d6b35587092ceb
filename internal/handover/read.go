package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Read reads the outputs of a stack, as "pulumi stack output --json" prints them, or the result of an offline operation, as "--json" prints
// it. A stack without the output leaves nothing to others, which is an empty Document.
func Read(from io.Reader) (Document, error) {
	var input map[string]json.RawMessage
	if err := json.NewDecoder(from).Decode(&input); err != nil {
		return Document{}, fmt.Errorf("decode the stack's outputs: %w", err)
	}
	if encoded, failed := input["error"]; failed {
		var message string
		if err := json.Unmarshal(encoded, &message); err != nil {
			return Document{}, fmt.Errorf("decode the error of the operation: %w", err)
		}
		return Document{}, errors.New(message)
	}
	if nested, is := input["outputs"]; is && input["operation"] != nil {
		input = nil
		if err := json.Unmarshal(nested, &input); err != nil {
			return Document{}, fmt.Errorf("decode the stack's outputs: %w", err)
		}
	}
	if len(input) == 0 {
		return Document{}, errors.New("the stack has no outputs: nothing has been deployed, or these are the outputs of something else")
	}
	var document Document
	if encoded, left := input[Output]; left {
		if err := json.Unmarshal(encoded, &document); err != nil {
			return Document{}, fmt.Errorf("decode the output %q: %w", Output, err)
		}
	}
	return document, nil
}
