package config

import "log/slog"

// Secret is a configuration value that must not be shown. It formats as [secret]; only Reveal returns the value.
type Secret struct{ value string }

const hidden = "[secret]"

// NewSecret makes a Secret of a plain value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value in plain text. What registers it wraps it in pulumi.ToSecret at once.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether there is a value.
func (s Secret) IsSet() bool { return s.value != "" }

// String hides the value.
func (Secret) String() string { return hidden }

// GoString hides the value from %#v.
func (Secret) GoString() string { return hidden }

// MarshalJSON hides the value from encoders.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue hides the value from structured logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
