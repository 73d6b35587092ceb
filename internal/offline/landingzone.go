package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// landingZoneFile says, beside the configuration file of a stack, what is in the simulated Azure before the stack is made.
const landingZoneFile = "landing-zone.yaml"

// LandingZone reads what is in the simulated Azure before a stack is made: the file of the name, or landing-zone.yaml beside the stack's
// configuration file if no name is given. Without either there is none.
func LandingZone(projectDir, stack, name string) ([]byte, error) {
	if name != "" {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the landing zone: %w", err)
		}
		return content, nil
	}
	file, err := findStackFile(projectDir, stack)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(file), landingZoneFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the landing zone of stack %q: %w", stack, err)
	}
	return content, nil
}
