package scripts

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/azuresim/services/registry"
	"aks-regulated-pulumi/internal/tree"
)

// poll is how long a client is asked to wait between two requests. On a clock that stands still each request to read passes that time.
const poll = 15 * time.Second

// ResourceManager answers requests over HTTP on this computer, as Azure Resource Manager does, to who deploys.
type ResourceManager struct {
	host     *Host
	listener net.Listener
	server   *http.Server
	token    string

	mu         sync.Mutex
	operations map[string]*importOperation // by the last segment of their location
}

// importOperation is an import that the registry has accepted.
type importOperation struct {
	made *registry.ImageImport
	ends time.Time
}

// serve starts answering on a loopback port.
func (m *ResourceManager) serve(h *Host) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen as Azure Resource Manager: %w", err)
	}
	m.host, m.listener, m.operations = h, listener, map[string]*importOperation{}
	m.token = unsignedToken("http://" + listener.Addr().String())
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: time.Minute}
	// Serve returns when close stops the server; any other error has no receiver.
	go func() { _ = m.server.Serve(listener) }()
	return nil
}

func (m *ResourceManager) close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close()
}

// unsignedToken is a token for an audience: a JSON Web Token without a signature, with a secret that nobody guesses.
func unsignedToken(audience string) string {
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)                     // never fails
	claims, _ := json.Marshal(map[string]string{ // of texts
		"aud": audience + "/", "oid": arm.DeployerObjectID, "tid": arm.TenantID, "jti": hex.EncodeToString(secret),
	})
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims) + "."
}

// Token is what the provider hands out as the token of the login.
func (m *ResourceManager) Token() string { return m.token }

// ServeHTTP answers one request.
func (m *ResourceManager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	clock := m.host.Subscription.Clock
	if r.Method == http.MethodGet && clock.Scale == 0 {
		clock.Advance(poll)
	}
	pause := time.Millisecond
	if clock.Scale > 0 {
		pause = max(time.Duration(float64(poll)/clock.Scale), pause)
	}
	status, body, err := http.StatusUnauthorized, any(nil), error(&arm.Error{
		Status: http.StatusUnauthorized, Code: "AuthenticationFailed", Message: "Authentication failed. The 'Authorization' header is missing or wrong.",
	})
	if r.Header.Get("Authorization") == "Bearer "+m.token {
		status, body, err = m.answer(w, r)
	}
	w.Header().Set("Date", clock.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("Retry-After-Ms", fmt.Sprint(pause.Milliseconds()))
	w.Header().Set("Content-Type", "application/json")
	var refusal *arm.Error
	switch {
	case errors.As(err, &refusal):
		status, body = refusal.Status, map[string]any{"error": map[string]any{"code": refusal.Code, "message": refusal.Message}}
	case err != nil:
		status, body = http.StatusBadRequest, map[string]any{"error": map[string]any{"code": "InvalidRequest", "message": err.Error()}}
	}
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // the client has gone
	}
}

func (m *ResourceManager) answer(w http.ResponseWriter, r *http.Request) (int, any, error) {
	path := r.URL.Path
	operation, polls := strings.CutPrefix(path, "/operations/")
	target, imports := strings.CutSuffix(path, "/importImage")
	switch {
	case path == "/subscriptions":
		return http.StatusOK, map[string]any{"value": m.subscriptions()}, nil
	case polls:
		return m.poll(w, operation)
	case imports && r.Method == http.MethodPost:
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return 0, nil, arm.BadRequest("InvalidRequestContent", "the request content was invalid: %s", err)
		}
		return m.startImport(w, target, body)
	}
	body, err := m.host.rest(arm.DeployerObjectID, strings.ToLower(r.Method), r.URL.RequestURI())
	if r.Method == http.MethodPost {
		return http.StatusAccepted, nil, err
	}
	return http.StatusOK, body, err
}

// subscriptions are those in which the deployer has any right.
func (m *ResourceManager) subscriptions() []any {
	s := m.host.Subscription
	s.Lock()
	defer s.Unlock()
	seen := []any{}
	for _, guid := range s.Subscriptions() {
		if authz.Sees(s, arm.DeployerObjectID, guid) {
			seen = append(seen, map[string]any{"subscriptionId": guid})
		}
	}
	return seen
}

// startImport accepts an import, or refuses it as the service does.
func (m *ResourceManager) startImport(w http.ResponseWriter, target string, body map[string]any) (int, any, error) {
	s := m.host.Subscription
	s.Lock()
	defer s.Unlock()
	found := s.Find(target)
	if found == nil {
		return 0, nil, arm.NotFound("ResourceNotFound", "the resource %s was not found", target)
	}
	made := &registry.ImageImport{
		RegistryID: found.ID, Source: tree.Text(body, "source", "sourceImage"), SourceRegistry: tree.Text(body, "source", "resourceId"),
		User: tree.Text(body, "source", "credentials", "username"), Password: tree.Text(body, "source", "credentials", "password"),
		Targets: tree.Texts(body, "targetTags"), Force: tree.Text(body, "mode") == "Force",
	}
	if host := tree.Text(body, "source", "registryUri"); host != "" {
		made.Source = host + "/" + made.Source
	}
	if _, err := registry.PlanImport(s, arm.DeployerObjectID, made); err != nil {
		return 0, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name := arm.GUID(found.ID, fmt.Sprint(len(m.operations)), s.Clock.Now().String())
	m.operations[name] = &importOperation{made, s.Clock.Now().Add(s.Clock.Span(ImportTime))}
	w.Header().Set("Location", "http://"+m.listener.Addr().String()+"/operations/"+name)
	return http.StatusAccepted, nil, nil
}

// poll says how an import is going, and completes it once its time has passed.
func (m *ResourceManager) poll(w http.ResponseWriter, name string) (int, any, error) {
	m.mu.Lock()
	operation := m.operations[name]
	m.mu.Unlock()
	if operation == nil {
		return 0, nil, arm.NotFound("NotFound", "there is no operation %s", name)
	}
	s := m.host.Subscription
	s.Lock()
	defer s.Unlock()
	if s.Clock.Now().Before(operation.ends) {
		w.Header().Set("Location", "http://"+m.listener.Addr().String()+"/operations/"+name)
		return http.StatusAccepted, nil, nil
	}
	m.mu.Lock()
	delete(m.operations, name)
	m.mu.Unlock()
	// Things may have changed while the image was copied.
	plan, err := registry.PlanImport(s, arm.DeployerObjectID, operation.made)
	if err != nil {
		return 0, nil, err
	}
	plan.Apply(s.Clock.Now(), arm.DeployerObjectID)
	s.Touch(plan.Registry)
	return http.StatusOK, nil, s.Save()
}
