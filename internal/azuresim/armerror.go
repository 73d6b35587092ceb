package azuresim

import (
	"fmt"
	"net/http"
)

// azureError is a failure as Azure Resource Manager reports it.
type azureError struct {
	status        int
	code, message string
}

// Error renders the failure as azure-native prints it.
func (e *azureError) Error() string {
	// Not %q: messages quote names, and escaped quotes are hard to read.
	return fmt.Sprintf(`Status=%d Code="%s" Message="%s"`, e.status, e.code, e.message)
}

func badRequest(code, format string, args ...any) error {
	return &azureError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

func conflict(code, format string, args ...any) error {
	return &azureError{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

func forbidden(code, format string, args ...any) error {
	return &azureError{http.StatusForbidden, code, fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) error {
	return &azureError{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}
