package azuresim

import (
	"fmt"
	"net/http"
)

// armError is a failure as Azure Resource Manager reports it.
type armError struct {
	status        int
	code, message string
}

// Error renders the failure as azure-native prints it.
func (e *armError) Error() string {
	// Not %q: messages quote names, and escaped quotes are hard to read.
	return fmt.Sprintf(`Status=%d Code="%s" Message="%s"`, e.status, e.code, e.message)
}

func badRequest(code, format string, args ...any) error {
	return &armError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

func conflict(code, format string, args ...any) error {
	return &armError{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

func forbidden(code, format string, args ...any) error {
	return &armError{http.StatusForbidden, code, fmt.Sprintf(format, args...)}
}

func missing(code, format string, args ...any) error {
	return &armError{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}
