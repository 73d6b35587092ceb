package arm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// JournalSuffix names the journal after the state file. It has a line of JSON for each save since the file was written, so that a save
// costs what has changed, however large the subscription is. Closing the simulator writes the file and removes the journal.
const JournalSuffix = ".journal"

// change is one line of the journal.
type change struct {
	// Number distinguishes a change that the state file has already from a later one.
	Number int       `json:"number"`
	Now    time.Time `json:"now"`
	Made   int       `json:"made"`
	// Records are the resources that have changed, Gone the keys of those that are no longer there.
	Records []*Record `json:"records,omitempty"`
	Gone    []string  `json:"gone,omitempty"`
	// Sections are those that have changed.
	Sections map[string]json.RawMessage `json:"sections,omitempty"`
}

// Save writes to the journal what has changed since the last save. Once it returns, a crash loses nothing of that.
func (s *Subscription) Save() error {
	if s.opts.StateFile == "" {
		return nil
	}
	sections, err := s.changedSections()
	if err != nil || len(sections) == 0 && len(s.touched) == 0 {
		return err
	}
	c := change{Number: s.changes + 1, Now: s.Clock.Now(), Made: s.made, Sections: sections}
	for _, key := range slices.Sorted(maps.Keys(s.touched)) {
		if r := s.records[key]; r != nil {
			c.Records = append(c.Records, r)
		} else {
			c.Gone = append(c.Gone, key)
		}
	}
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode simulated subscription: %w", err)
	}
	if err := appendLine(s.opts.StateFile+JournalSuffix, line); err != nil {
		return fmt.Errorf("save simulated subscription: %w", err)
	}
	s.changes++
	clear(s.touched)
	for name, content := range sections {
		s.sections[name] = content
	}
	return nil
}

func (s *Subscription) changedSections() (map[string]json.RawMessage, error) {
	changed := map[string]json.RawMessage{}
	for _, kept := range s.opts.Sections {
		content, err := json.Marshal(kept.Save())
		if err != nil {
			return nil, fmt.Errorf("encode simulated subscription: %s: %w", kept.Name, err)
		}
		if !bytes.Equal(content, s.sections[kept.Name]) {
			changed[kept.Name] = content
		}
	}
	return changed, nil
}

// appendLine adds a line to a file, all of it or nothing.
func appendLine(path string, line []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return errors.Join(err, file.Truncate(info.Size()))
	}
	return nil
}

// readJournal applies the journal that a crash has left, except a last line that it has cut short: that was not saved. Nothing can
// follow such a line, so the state is written whole at once.
func (s *Subscription) readJournal() error {
	path := s.opts.StateFile + JournalSuffix
	journal, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read simulated subscription: %w", err)
	}
	for line := range bytes.Lines(journal) {
		if !bytes.HasSuffix(line, []byte{'\n'}) {
			break
		}
		if err := s.apply(line); err != nil {
			return fmt.Errorf("simulated subscription %s is damaged: %w", path, err)
		}
	}
	return s.saveWhole()
}

func (s *Subscription) apply(line []byte) error {
	var c change
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	if c.Number <= s.changes {
		return nil
	}
	s.setClock(c.Now)
	s.changes, s.made = c.Number, c.Made
	for _, r := range c.Records {
		s.Put(r)
	}
	for _, key := range c.Gone {
		if gone := s.records[key]; gone != nil {
			s.Forget(gone)
		}
	}
	return s.loadSections(c.Sections)
}
