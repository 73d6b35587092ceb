package offline

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// examples is the folder of the project with a folder for each example, which has one stack file or several.
const examples = "examples"

// stackFiles are the paths of configuration files by the names of the stacks, in projectDir and in its examples. One in projectDir goes before
// an example of the same name.
func stackFiles(projectDir string) (map[string]string, error) {
	if _, err := os.Stat(filepath.Join(projectDir, projectFile)); err != nil {
		return nil, fmt.Errorf("look for a Pulumi project: %w", err)
	}
	files := map[string]string{}
	for _, pattern := range []string{filepath.Join(examples, "*", stackFile("*")), stackFile("*")} {
		names, err := fs.Glob(os.DirFS(projectDir), filepath.ToSlash(pattern))
		if err != nil {
			return nil, fmt.Errorf("list the stacks: %w", err)
		}
		for _, name := range names {
			stack := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "Pulumi."), ".yaml")
			files[stack] = filepath.Join(projectDir, filepath.FromSlash(name))
		}
	}
	return files, nil
}

func checkStack(projectDir, stack string) error {
	_, err := findStackFile(projectDir, stack)
	return err
}

// findStackFile returns the path of a stack's configuration file.
func findStackFile(projectDir, stack string) (string, error) {
	files, err := stackFiles(projectDir)
	if err != nil {
		return "", err
	}
	file, found := files[stack]
	switch {
	case found:
		return file, nil
	case len(files) == 0:
		return "", fmt.Errorf("no stack %q: the project has no Pulumi.<stack>.yaml", stack)
	}
	return "", fmt.Errorf("no stack %q: the project has %s", stack, strings.Join(slices.Sorted(maps.Keys(files)), ", "))
}
