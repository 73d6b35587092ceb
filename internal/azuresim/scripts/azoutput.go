package scripts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jmespath/go-jmespath"
)

// azFormats are the values of --output (Azure document "Output formats for Azure CLI commands").
var azFormats = []string{"json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"}

// parseFormat takes --output. Formats for people are refused: a script that reads them is wrong before its first request.
func parseFormat(format string) (string, error) {
	switch {
	case !slices.Contains(azFormats, format):
		return "", fmt.Errorf("argument --output/-o: invalid choice: '%s' (choose from %s)", format, strings.Join(azFormats, ", "))
	case format != "json" && format != "tsv" && format != "none":
		return "", fmt.Errorf("the simulator's az rest cannot print %s", format)
	}
	return format, nil
}

// parseQuery takes --query; nil is none.
func parseQuery(query string) (*jmespath.JMESPath, error) {
	if query == "" {
		return nil, nil
	}
	compiled, err := jmespath.Compile(query)
	if err != nil {
		return nil, fmt.Errorf("argument --query: invalid jmespath_type value: '%s': %w", query, err)
	}
	return compiled, nil
}

// printAnswer prints a response as az does: what is null, and no response at all, as nothing.
func printAnswer(body any, query *jmespath.JMESPath, format string) (string, error) {
	value := body
	if query != nil && body != nil {
		found, err := query.Search(body)
		if err != nil {
			return "", fmt.Errorf("apply --query to the response: %w", err)
		}
		value = found
	}
	switch {
	case value == nil || format == "none":
		return "", nil
	case format == "tsv":
		return tsv(value), nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("render response: %w", err)
	}
	return out.String(), nil
}

// tsv is a line for each item of a list, or one for anything else. Properties come in the order of their names, and of what is nested only
// the length of lists is printed.
func tsv(value any) string {
	rows, isList := value.([]any)
	if !isList {
		rows = []any{value}
	}
	var out strings.Builder
	for _, row := range rows {
		var cells []string
		switch v := row.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				cells = append(cells, tsvCell(v[name]))
			}
		case []any:
			for _, item := range v {
				cells = append(cells, tsvCell(item))
			}
		case bool:
			cells = []string{strconv.FormatBool(v)}
		default:
			cells = []string{tsvCell(v)}
		}
		out.WriteString(strings.Join(cells, "\t") + "\n")
	}
	return out.String()
}

// tsvCell prints in Python's words, in which az is written.
func tsvCell(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case string:
		return v
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		return strconv.Itoa(len(v))
	}
	return ""
}
