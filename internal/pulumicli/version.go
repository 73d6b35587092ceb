package pulumicli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/blang/semver"
)

// versionFile keeps, in a Pulumi home, which version a CLI has said that it is.
const versionFile = "pulumi-version.json"

// known is a CLI whose version was read: the same path, size and time are the same program.
type known struct {
	Path    string    `json:"path"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
	Version string    `json:"version"`
}

// Open returns the CLI at a path after checking that it runs and is recent enough: of version least, which is that of the program's Pulumi SDK,
// or a newer one of the same major version, because the SDK may use what older engines lack. Its version is read once and remembered in
// home, the Pulumi home to ask with: the CLI logs into that even to print its version.
func Open(ctx context.Context, path, home string, least semver.Version) (*CLI, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the Pulumi CLI: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find the Pulumi CLI: %w", err)
	}
	c := New(path)
	wanted, cache := known{Path: path, Size: info.Size(), ModTime: info.ModTime().UTC()}, filepath.Join(home, versionFile)
	version := remembered(cache, wanted)
	if version == "" {
		if version, err = c.askVersion(ctx, home); err != nil {
			return nil, err
		}
	}
	if c.version, err = semver.ParseTolerant(version); err != nil {
		return nil, fmt.Errorf("ask the Pulumi CLI %s for its version: %w", path, err)
	}
	if c.version.LT(least) || c.version.Major != least.Major {
		return nil, fmt.Errorf("the Pulumi CLI %s has version %s, but %d.x from %s on is needed: run \"make cli\"",
			path, c.version, least.Major, least)
	}
	return c, remember(cache, wanted, version)
}

func (c *CLI) askVersion(ctx context.Context, home string) (string, error) {
	var stdout bytes.Buffer
	if _, err := c.Run(ctx, Invocation{Env: []string{"PULUMI_HOME=" + home}, Stdout: &stdout}, "version"); err != nil {
		return "", fmt.Errorf("ask the Pulumi CLI for its version: %w", err)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// asked are the CLIs that this process has asked already.
var asked sync.Map

// remembered is the version of a CLI, or empty. A file that cannot be read is as good as none.
func remembered(cache string, wanted known) string {
	if version, found := asked.Load(wanted); found {
		return version.(string)
	}
	var found known
	content, err := os.ReadFile(cache)
	if err != nil || json.Unmarshal(content, &found) != nil {
		return ""
	}
	if wanted.Version = found.Version; found != wanted {
		return ""
	}
	return found.Version
}

func remember(cache string, k known, version string) error {
	if _, before := asked.Swap(k, version); before {
		return nil
	}
	k.Version = version
	content, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("remember the version of the Pulumi CLI: %w", err)
	}
	if err := os.WriteFile(cache, content, 0o600); err != nil {
		return fmt.Errorf("remember the version of the Pulumi CLI: %w", err)
	}
	return nil
}
