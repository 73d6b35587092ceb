package compute

import (
	"encoding/base64"
	"regexp"
	"strings"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/tree"
)

// maxCustomData is how much Azure takes, in bytes before encoding.
const maxCustomData = 65535

func checkCustomData(op *arm.Operation) error {
	encoded := tree.Text(vmProfile(op.Inputs, "osProfile"), "customData")
	if encoded == "" {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return arm.BadRequest("InvalidParameter", "%s: customData is not base64", op.ID)
	}
	if len(decoded) > maxCustomData {
		return arm.BadRequest("InvalidParameter", "%s: customData has %d bytes; %d are the limit", op.ID, len(decoded), maxCustomData)
	}
	if problem := cloudConfigProblem(string(decoded)); problem != "" {
		return arm.BadRequest("InvalidCustomData", "%s: cloud-init would not take customData: %s", op.ID, problem)
	}
	return nil
}

var cloudConfigKey = regexp.MustCompile(`^[a-z_][a-z0-9_-]*:`)

// cloudConfigProblem looks for what makes cloud-init skip a cloud-config: another header, tabs, or top-level lines that are no keys.
func cloudConfigProblem(content string) string {
	lines := strings.Split(content, "\n")
	if strings.TrimRight(lines[0], " \r") != "#cloud-config" {
		return "the first line must be #cloud-config"
	}
	keys := 0
	for _, line := range lines[1:] {
		indented := strings.HasPrefix(line, " ")
		switch trimmed := strings.TrimLeft(line, " "); {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(trimmed, "#") || strings.HasPrefix(line, "- "):
		case strings.HasPrefix(trimmed, "\t"):
			return "a line is indented with a tab"
		case indented:
		case cloudConfigKey.MatchString(line):
			keys++
		default:
			return "a line is neither a key nor below one"
		}
	}
	if keys == 0 {
		return "it has no keys"
	}
	return ""
}
