// Package armclient calls Azure Resource Manager as the one who runs the update, for what no resource of the provider does.
package armclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tokenInvoke is the function of the provider that hands out the token with which it signs in itself: by whichever way the stack is set up.
const tokenInvoke = "azure-native:authorization:getClientToken"

// Client calls Resource Manager.
type Client struct {
	// token returns a token of the provider's login. It is asked for again for every request, since one lasts an hour, and is in no message.
	token func() (string, error)
	http  *http.Client
	// instead answers reads in place of Resource Manager, if it is not nil.
	instead func(path string) (*Answer, error)
}

// answersKey is where a context has the answers of Instead.
type answersKey struct{}

// Instead returns a context whose clients get their answers to reads from a function, for programs that run without Azure.
func Instead(ctx *pulumi.Context, get func(path string) (*Answer, error)) *pulumi.Context {
	return ctx.WithValue(answersKey{}, get)
}

// New returns a client that signs in as the stack's provider does. It asks for nothing before its first request.
func New(ctx *pulumi.Context, opts ...pulumi.InvokeOption) *Client {
	instead, _ := ctx.Value(answersKey{}).(func(string) (*Answer, error))
	return &Client{
		instead: instead,
		token: func() (string, error) {
			var answer struct {
				Token string `pulumi:"token"`
			}
			if err := ctx.Invoke(tokenInvoke, nil, &answer, utilities.PkgInvokeDefaultOpts(opts)...); err != nil {
				return "", fmt.Errorf("get a token of the Azure login: %w", err)
			}
			return answer.Token, nil
		},
		// A request to Resource Manager is answered at once; what takes long is polled.
		http: &http.Client{Timeout: time.Minute},
	}
}

// Answer is what Resource Manager answered.
type Answer struct {
	// Accepted means that what was asked for is under way.
	Accepted bool
	// Location is where to ask how it is going; empty if there is nothing to ask.
	Location string
	// Now is the time at Resource Manager.
	Now time.Time
	// Body is the JSON object of the answer.
	Body map[string]any
	// pause is how long Resource Manager wants to be left alone.
	pause time.Duration
}

// Error is a refusal of Resource Manager.
type Error struct {
	Status        int
	Code, Message string
}

// Error is the message with its code, as Azure gives them.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s (status %d)", e.Code, e.Message, e.Status) }

// Get reads a resource, or anything else that an answer gave as a location. What fails now and then is tried again.
func (c *Client) Get(ctx context.Context, path string) (*Answer, error) {
	if c.instead != nil {
		return c.instead(path)
	}
	for try := 1; ; try++ {
		answer, err := c.do(ctx, http.MethodGet, path, nil)
		if err == nil || try == 5 || !transient(err) {
			return answer, err
		}
		if err := c.Wait(ctx, answer, interval); err != nil {
			return nil, err
		}
	}
}

// Post asks for an action on a resource. It is not tried again: after a failure on the way nobody knows whether it has begun.
func (c *Client) Post(ctx context.Context, path string, body any) (*Answer, error) {
	return c.do(ctx, http.MethodPost, path, body)
}

// loginError is a failure to get a token. The provider has tried what there is to try.
type loginError struct{ error }

// transient reports whether the same request may succeed a little later: no answer came, or one that says so.
func transient(err error) bool {
	if errors.As(err, &loginError{}) {
		return false
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		return true
	}
	return refusal.Status == http.StatusRequestTimeout || refusal.Status == http.StatusTooManyRequests || refusal.Status >= 500
}

func (c *Client) do(ctx context.Context, method, path string, body any) (*Answer, error) {
	token, err := c.token()
	if err != nil {
		return nil, loginError{err}
	}
	address := path
	if strings.HasPrefix(path, "/") {
		address = endpointOf(token) + path
	}
	if err := mayGoTo(address, token); err != nil {
		return nil, err
	}
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call Azure Resource Manager: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // has been read
	return read(response)
}

func read(response *http.Response) (*Answer, error) {
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read answer of Azure Resource Manager: %w", err)
	}
	answer := &Answer{
		Accepted: response.StatusCode == http.StatusAccepted, Location: response.Header.Get("Location"), pause: pauseOf(response.Header),
	}
	answer.Now, _ = http.ParseTime(response.Header.Get("Date"))
	if len(content) > 0 {
		// Only an answer that is not from Resource Manager is no JSON; its status says enough.
		_ = json.Unmarshal(content, &answer.Body)
	}
	if response.StatusCode < 300 {
		return answer, nil
	}
	refusal := &Error{Status: response.StatusCode, Code: response.Status}
	var known struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(content, &known) == nil && known.Error.Code != "" {
		refusal.Code, refusal.Message = known.Error.Code, known.Error.Message
	}
	return answer, refusal
}

// List reads a collection, all pages of it.
func (c *Client) List(ctx context.Context, path string) ([]any, *Answer, error) {
	var all []any
	for {
		answer, err := c.Get(ctx, path)
		if err != nil {
			return nil, answer, err
		}
		page, _ := answer.Body["value"].([]any)
		all = append(all, page...)
		next, _ := answer.Body["nextLink"].(string)
		if next == "" {
			return all, answer, nil
		}
		path = next
	}
}

// Forbidden reports whether Resource Manager refused for a missing right.
func Forbidden(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Status == http.StatusForbidden
}
