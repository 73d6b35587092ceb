package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// removeTornAttributes deletes the empty files of attributes that an engine leaves behind when it is killed while it writes:
// the file backend makes them in place, reads an empty one as the end of the checkpoint, and does without.
func removeTornAttributes(backend string) error {
	err := filepath.WalkDir(backend, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".attrs") {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Size() > 0 {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		return fmt.Errorf("remove torn attributes of the state: %w", err)
	}
	return nil
}
