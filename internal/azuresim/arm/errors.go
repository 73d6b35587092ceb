package arm

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is a failure as Azure Resource Manager reports it.
type Error struct {
	Status        int
	Code, Message string
}

// Error renders the failure as azure-native prints it.
func (e *Error) Error() string {
	// Not %q: messages quote names, and escaped quotes are hard to read.
	return fmt.Sprintf(`Status=%d Code="%s" Message="%s"`, e.Status, e.Code, e.Message)
}

func BadRequest(code, format string, args ...any) error {
	return &Error{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

func Conflict(code, format string, args ...any) error {
	return &Error{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

func Forbidden(code, format string, args ...any) error {
	return &Error{http.StatusForbidden, code, fmt.Sprintf(format, args...)}
}

func NotFound(code, format string, args ...any) error {
	return &Error{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}

// DescribeError splits a refusal into what Azure says of it.
func DescribeError(err error) (code, message string) {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code, refusal.Message
	}
	return "InternalError", err.Error()
}
