package delivery

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Markers between which nothing is shown until the end is there: a private key has many lines.
const (
	keyBegins = "-----BEGIN "
	keyEnds   = "-----END "
)

// lineWriter cleans whole lines, so that no secret escapes by being written in two parts.
type lineWriter struct {
	to    io.Writer
	clean *cleaner

	mu   sync.Mutex
	held bytes.Buffer
}

// Write holds the last line back until it is complete, and with it a private key that has begun.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held.Write(p)
	end := bytes.LastIndexByte(w.held.Bytes(), '\n') + 1
	if end == 0 || openKey(string(w.held.Bytes()[:end])) {
		return len(p), nil
	}
	return len(p), w.emit(end)
}

func openKey(text string) bool {
	begins := strings.LastIndex(text, keyBegins)
	return begins >= 0 && !strings.Contains(text[begins:], keyEnds)
}

func (w *lineWriter) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.emit(w.held.Len())
}

func (w *lineWriter) emit(bytes int) error {
	if _, err := io.WriteString(w.to, w.clean.clean(string(w.held.Next(bytes)))); err != nil {
		return fmt.Errorf("show the output of Pulumi: %w", err)
	}
	return nil
}
