package arm

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is a failure as Azure Resource Manager reports it.
type Error struct {
	Status        int    // of HTTP
	Code, Message string // as Azure words them
}

// Error renders the failure as azure-native prints it.
func (e *Error) Error() string {
	// Not %q: messages quote names, and escaped quotes are hard to read.
	return fmt.Sprintf(`Status=%d Code="%s" Message="%s"`, e.Status, e.Code, e.Message)
}

// BadRequest is a failure with status 400.
func BadRequest(code, format string, args ...any) error {
	return &Error{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// Conflict is a failure with status 409.
func Conflict(code, format string, args ...any) error {
	return &Error{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

// Forbidden is a failure with status 403.
func Forbidden(code, format string, args ...any) error {
	return &Error{http.StatusForbidden, code, fmt.Sprintf(format, args...)}
}

// NotFound is a failure with status 404.
func NotFound(code, format string, args ...any) error {
	return &Error{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}

// SubscriptionNotFound is what every request in a subscription gets that there is none of (Azure document "Resolve errors for subscription not
// found").
func SubscriptionNotFound(guid string) error {
	return NotFound("SubscriptionNotFound", "the subscription '%s' could not be found", guid)
}

// DescribeError splits an error into Azure's code and message. Any other error is an InternalError.
func DescribeError(err error) (code, message string) {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code, refusal.Message
	}
	return "InternalError", err.Error()
}
