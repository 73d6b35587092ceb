package report

import (
	"strconv"

	"aks-regulated-pulumi/internal/tree"
)

// text is a string, number or boolean as text; anything else is empty.
func text(value any, path ...string) string {
	switch v := tree.At(value, path...).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// texts is a list of strings; a single string counts as a list of one.
func texts(value any, path ...string) []string {
	if one, single := tree.At(value, path...).(string); single {
		if one == "" {
			return nil
		}
		return []string{one}
	}
	var found []string
	for _, item := range tree.List(value, path...) {
		if s := text(item); s != "" {
			found = append(found, s)
		}
	}
	return found
}

func number(value any, path ...string) float64 {
	v, _ := tree.At(value, path...).(float64)
	return v
}
