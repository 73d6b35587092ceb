// Package github is the little of GitHub's REST API that the workflows need.
package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

const (
	apiVersion = "2022-11-28"
	// Attempts and waiting are bounded: a job that waits for an hour is no use.
	maxAttempts  = 4
	maxWait      = 2 * time.Minute
	maxBodyBytes = 10 << 20
	perPage      = 100
	maxPages     = 50
)

// Client calls the API in the name of one token on one repository.
type Client struct {
	// BaseURL is that of GITHUB_API_URL, for example https://api.github.com.
	BaseURL string
	// Token is sent to BaseURL and nowhere else.
	Token string
	// Repository is owner/name.
	Repository string
	// HTTP sends the requests; nil is HTTPClient.
	HTTP *http.Client
	// Wait waits between attempts; nil sleeps.
	Wait func(ctx context.Context, d time.Duration) error
	// Now is the time; nil is the clock.
	Now func() time.Time
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*/\.?[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// CheckRepository refuses what cannot be the name of a repository, before it becomes part of an address.
func CheckRepository(name string) error {
	if !repositoryName.MatchString(name) {
		return fmt.Errorf("repository %q: expected owner/name", name)
	}
	return nil
}

// Error is an answer of the API with a status of failure.
type Error struct {
	Method, Path string
	Status       int
	Message      string
}

// Error names the call, the status, and what GitHub says.
func (e *Error) Error() string {
	return fmt.Sprintf("GitHub: %s %s: %d %s: %s", e.Method, e.Path, e.Status, http.StatusText(e.Status), e.Message)
}

// call sends one request, again if GitHub asks for that, and decodes the answer into out unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	if err := CheckRepository(c.Repository); err != nil {
		return err
	}
	path = "/repos/" + c.Repository + path
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("GitHub: encode %s %s: %w", method, path, err)
		}
	}
	for attempt := 1; ; attempt++ {
		wait, err := c.attempt(ctx, method, path, body, out)
		if err == nil || wait < 0 || attempt == maxAttempts {
			return err
		}
		if wait > maxWait {
			return fmt.Errorf("%w; GitHub asks to wait %s", err, wait.Round(time.Second))
		}
		if waitErr := c.wait(ctx, wait); waitErr != nil {
			return errors.Join(err, waitErr)
		}
	}
}

// attempt returns how long to wait before the next one, negative if there is no point in another.
func (c *Client) attempt(ctx context.Context, method, path string, body []byte, out any) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return -1, fmt.Errorf("GitHub: %s %s: %w", method, path, err)
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("X-GitHub-Api-Version", apiVersion)
	request.Header.Set("User-Agent", "aks-regulated-pulumi-delivery")
	request.Header.Set("Authorization", "Bearer "+c.Token)
	response, err := c.http().Do(request)
	if err != nil {
		return again(method), fmt.Errorf("GitHub: %s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes))
	if err != nil {
		return -1, fmt.Errorf("GitHub: read the answer to %s %s: %w", method, path, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return c.retryAfter(method, response), &Error{method, path, response.StatusCode, message(content)}
	}
	if out == nil {
		return 0, nil
	}
	if err := json.Unmarshal(content, out); err != nil {
		return -1, fmt.Errorf("GitHub: read the answer to %s %s: %w", method, path, err)
	}
	return 0, nil
}

// retryAfter follows GitHub's rules for rate limits.
func (c *Client) retryAfter(method string, response *http.Response) time.Duration {
	header := response.Header
	limited := response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusForbidden
	switch {
	case limited && header.Get("Retry-After") != "":
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds >= 0 {
			return time.Duration(seconds) * time.Second
		}
		return time.Minute
	case limited && header.Get("X-RateLimit-Remaining") == "0":
		reset, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
		if err != nil {
			return time.Minute
		}
		return max(0, time.Unix(reset, 0).Sub(c.now())) + time.Second
	case response.StatusCode == http.StatusTooManyRequests:
		return time.Minute
	case response.StatusCode >= 500:
		return again(method)
	}
	return -1
}

// again is how long to wait after a failure that may pass. What creates something may have done so all the same.
func again(method string) time.Duration {
	if method == http.MethodPost {
		return -1
	}
	return 5 * time.Second
}

// message is what GitHub says in an error, or the beginning of what a proxy in between says.
func message(content []byte) string {
	var document struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(content, &document); err == nil && document.Message != "" {
		return document.Message
	}
	return string(bytes.ToValidUTF8(content[:min(len(content), 200)], nil))
}

// pages calls visit with the elements of a list, page by page, until it has seen all or visit returns false.
func pages[T any](ctx context.Context, c *Client, path string, visit func(T) bool) error {
	for page := 1; page <= maxPages; page++ {
		var elements []T
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("%s&per_page=%d&page=%d", path, perPage, page), nil, &elements); err != nil {
			return err
		}
		for _, element := range elements {
			if !visit(element) {
				return nil
			}
		}
		if len(elements) < perPage {
			return nil
		}
	}
	return fmt.Errorf("GitHub: %s has more than %d elements", path, maxPages*perPage)
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return HTTPClient()
}

// HTTPClient sends requests that carry a token: it gives up after a minute and follows no redirect, which could lead the token elsewhere or
// turn a write into something else.
func HTTPClient() *http.Client {
	return &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
