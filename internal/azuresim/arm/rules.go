package arm

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// GUIDPattern matches GUIDs in lower case.
var GUIDPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// CheckGlobal is a rule of kinds that have no region.
func CheckGlobal(op *Operation) error {
	if location := tree.Text(op.Inputs, "location"); !strings.EqualFold(location, "global") {
		return BadRequest("LocationNotAvailableForResourceType", "location %q is not available for %s; it must be global", location,
			op.Kind.ARMType())
	}
	return nil
}

// CheckGlobalName is a rule of kinds whose name is part of a host name, so that it is unique in all of Azure.
func CheckGlobalName(op *Operation) error {
	for _, other := range op.Others() {
		if strings.EqualFold(resourceid.Name(other.ID), resourceid.Name(op.ID)) {
			return Conflict("AlreadyInUse", "the name %s is already in use by %s", resourceid.Name(op.ID), other.ID)
		}
	}
	return nil
}

// SameLocation compares regions by name or display name, as eastus2 and East US 2.
func SameLocation(a, b string) bool {
	plain := func(location string) string { return strings.ToLower(strings.ReplaceAll(location, " ", "")) }
	return plain(a) == plain(b)
}

// SameJSON reports whether two values are the same JSON.
func SameJSON(a, b any) bool {
	before, errBefore := json.Marshal(a)
	after, errAfter := json.Marshal(b)
	return errBefore == nil && errAfter == nil && string(before) == string(after)
}

// ParseDuration parses the ISO 8601 durations that Azure takes.
func ParseDuration(value string) (time.Duration, error) {
	match := isoDuration.FindStringSubmatch(value)
	if match == nil || strings.HasSuffix(value, "P") || strings.HasSuffix(value, "T") {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration", value)
	}
	total := time.Duration(0)
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if match[i+1] != "" {
			count, err := strconv.Atoi(match[i+1])
			if err != nil {
				return 0, fmt.Errorf("%q is not an ISO 8601 duration: %w", value, err)
			}
			total += time.Duration(count) * unit
		}
	}
	return total, nil
}

var isoDuration = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// Seconds is a number of seconds as a duration.
func Seconds(count float64) time.Duration { return time.Duration(count * float64(time.Second)) }
