package landingzone

import (
	"fmt"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// reference is ${name}, or ${name:property}. What a lookup of one resource finds in another's outputs is separated by dots.
var reference = regexp.MustCompile(`\$\{([^}:]+)(?::([^}]+))?\}`)

// resolve puts ids in the place of names, in all texts of a value. Outputs are known only when the resource is made: their names become ids.
func (r *reader) resolve(value any) (any, error) {
	return replace(value, func(name, property string) (any, error) {
		id, known := r.known[name]
		if strings.HasPrefix(name, "/") {
			id, known = name, true
		}
		switch {
		case !known:
			return nil, fmt.Errorf("%q is the name of nothing further up in the document", name)
		case id == "":
			return nil, fmt.Errorf("%q is the name of several resources: give one of them another with as", name)
		case property != "":
			return "${" + id + ":" + property + "}", nil
		}
		return id, nil
	})
}

// outputs puts outputs of resources that are made in the place of references to them.
func outputs(s *arm.Subscription, inputs map[string]any) (map[string]any, error) {
	replaced, err := replace(inputs, func(id, property string) (any, error) {
		s.Lock()
		defer s.Unlock()
		found := s.Find(id)
		if found == nil {
			return nil, fmt.Errorf("%s is gone", id)
		}
		value := tree.At(found.Outputs, strings.Split(property, ".")...)
		if value == nil {
			return nil, fmt.Errorf("%s has no output %s", id, property)
		}
		return value, nil
	})
	if err != nil {
		return nil, err
	}
	return replaced.(map[string]any), nil
}

// replace goes through a value. A text that is nothing but a reference becomes what is found, of any type; in another text that is a text.
func replace(value any, find func(name, property string) (any, error)) (any, error) {
	switch v := value.(type) {
	case string:
		return replaceText(v, find)
	case map[string]any:
		replaced := map[string]any{}
		for name, item := range v {
			found, err := replace(item, find)
			if err != nil {
				return nil, err
			}
			replaced[name] = found
		}
		return replaced, nil
	case []any:
		replaced := make([]any, len(v))
		for i, item := range v {
			found, err := replace(item, find)
			if err != nil {
				return nil, err
			}
			replaced[i] = found
		}
		return replaced, nil
	}
	return value, nil
}

func replaceText(text string, find func(name, property string) (any, error)) (any, error) {
	if match := reference.FindStringSubmatch(text); match != nil && match[0] == text {
		return find(match[1], match[2])
	}
	var failure error
	replaced := reference.ReplaceAllStringFunc(text, func(found string) string {
		match := reference.FindStringSubmatch(found)
		value, err := find(match[1], match[2])
		if err != nil && failure == nil {
			failure = err
		}
		return fmt.Sprint(value)
	})
	return replaced, failure
}
