package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"aks-regulated-pulumi/internal/delivery/github"
)

const (
	// audience is what Microsoft Entra expects in a token of a federated credential.
	audience = "api://AzureADTokenExchange"
	// A token of GitHub lives for minutes; an update, with an image build in it, for more than an hour.
	renewal       = 4 * time.Minute
	maxTokenBytes = 64 << 10
)

// Federation signs Pulumi in to Azure by the identity of a GitHub job for as long as the job takes. What azure/login leaves
// behind cannot be renewed, so that an update of more than an hour would lose its state backend midway.
type Federation struct {
	// RequestURL and RequestToken are what GitHub gives to a job that may have an identity: ACTIONS_ID_TOKEN_REQUEST_URL and
	// ACTIONS_ID_TOKEN_REQUEST_TOKEN.
	RequestURL, RequestToken string
	// ClientID, TenantID and SubscriptionID are those of the environment.
	ClientID, TenantID, SubscriptionID string
	// Renewal is the time between tokens; 0 is a good one for GitHub.
	Renewal time.Duration
	// Log receives what went wrong with a renewal; the next one may succeed.
	Log io.Writer
}

// FederationFromEnvironment returns nil outside of a job that may have an identity.
func FederationFromEnvironment(log io.Writer) *Federation {
	f := &Federation{
		RequestURL: os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), RequestToken: os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		ClientID: os.Getenv("AZURE_CLIENT_ID"), TenantID: os.Getenv("AZURE_TENANT_ID"),
		SubscriptionID: os.Getenv("AZURE_SUBSCRIPTION_ID"), Log: log,
	}
	if f.RequestURL == "" || f.RequestToken == "" || f.ClientID == "" {
		return nil
	}
	return f
}

// Start gets the first token, and renews it until stop. The variables make the state backend, the secrets provider and the
// provider for Azure use it.
func (f *Federation) Start(ctx context.Context) (environment []string, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "federation-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a directory for the token: %w", err)
	}
	file := filepath.Join(dir, "token")
	if err := f.renew(ctx, file); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.keepRenewing(ctx, file)
	}()
	stop = func() error {
		cancel()
		<-done
		return os.RemoveAll(dir)
	}
	return []string{
		"AZURE_FEDERATED_TOKEN_FILE=" + file,
		"ARM_USE_OIDC=true", "ARM_CLIENT_ID=" + f.ClientID, "ARM_TENANT_ID=" + f.TenantID,
		"ARM_SUBSCRIPTION_ID=" + f.SubscriptionID,
	}, stop, nil
}

func (f *Federation) keepRenewing(ctx context.Context, file string) {
	interval := f.Renewal
	if interval == 0 {
		interval = renewal
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := f.renew(ctx, file); err != nil && ctx.Err() == nil {
				fmt.Fprintf(f.Log, "delivery: %v\n", err)
			}
		}
	}
}

// renew replaces the file in one step: a reader always finds a whole token.
func (f *Federation) renew(ctx context.Context, file string) error {
	token, err := f.token(ctx)
	if err != nil {
		return fmt.Errorf("get a token from GitHub: %w", err)
	}
	next := file + ".next"
	if err := os.WriteFile(next, []byte(token), 0o600); err != nil {
		return fmt.Errorf("keep the token: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("keep the token: %w", err)
	}
	return nil
}

func (f *Federation) token(ctx context.Context) (string, error) {
	address, err := url.Parse(f.RequestURL)
	if err != nil {
		return "", errors.New("ACTIONS_ID_TOKEN_REQUEST_URL is not an address")
	}
	query := address.Query()
	query.Set("audience", audience)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+f.RequestToken)
	response, err := github.HTTPClient().Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %s", response.Status)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxTokenBytes)).Decode(&answer); err != nil || answer.Value == "" {
		return "", errors.New("the answer has no token")
	}
	return answer.Value, nil
}
