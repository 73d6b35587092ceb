package scripts

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/authz"
	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// execute is what the commands that a script finds in place of the real ones do.
func (h *Host) execute(running *scriptSession, command string, arguments []string) (string, error) {
	if command == "sleep" {
		d, err := sleepTime(arguments)
		if err != nil {
			return "", err
		}
		return "", h.sleep(running, d)
	}
	if command == "az" {
		for _, known := range azCommands {
			if n := len(known.words); len(arguments) >= n && slices.Equal(arguments[:n], known.words) {
				return known.run(h, running, arguments[n:])
			}
		}
	}
	return "", fmt.Errorf("the simulator's %s does not know %q; it knows az rest, az acr import, az login and az account set",
		command, strings.Join(arguments, " "))
}

// azCommands are the commands of az that the simulator has.
var azCommands = []struct {
	words []string
	run   func(h *Host, running *scriptSession, arguments []string) (string, error)
}{
	{[]string{"rest"}, (*Host).azRest},
	{[]string{"acr", "import"}, func(h *Host, running *scriptSession, arguments []string) (string, error) {
		return "", h.acrImport(running, arguments)
	}},
	// A deployment script is signed in before it starts.
	{[]string{"login"}, func(_ *Host, _ *scriptSession, arguments []string) (string, error) {
		if !slices.Contains(arguments, "--identity") {
			return "", errors.New("the simulator's az login knows only --identity")
		}
		return "", nil
	}},
	{[]string{"account", "set"}, func(h *Host, running *scriptSession, arguments []string) (string, error) {
		h.Subscription.Lock()
		defer h.Subscription.Unlock()
		if !slices.ContainsFunc(arguments, func(guid string) bool {
			return h.Subscription.Has(guid) && authz.Sees(h.Subscription, running.principal, guid)
		}) {
			return "", fmt.Errorf("the subscription of %q doesn't exist", strings.Join(arguments, " "))
		}
		return "", nil
	}},
}

func (h *Host) azRest(running *scriptSession, arguments []string) (string, error) {
	options, err := restOptions(arguments)
	if err != nil {
		return "", err
	}
	query, err := parseQuery(options["--query"])
	if err != nil {
		return "", err
	}
	format, err := parseFormat(options["--output"])
	if err != nil {
		return "", err
	}
	body, err := h.rest(running.principal, strings.ToLower(options["--method"]), options["--url"])
	if err != nil {
		return "", err
	}
	return printAnswer(body, query, format)
}

// sleep lets a script wait, and ends it when it has waited for longer than it may take.
func (h *Host) sleep(running *scriptSession, d time.Duration) error {
	h.mu.Lock()
	running.left -= d
	over := running.left < 0
	h.mu.Unlock()
	if over {
		running.end()
		return errors.New("the script has reached its timeout")
	}
	return h.Subscription.Clock.Sleep(h.Subscription.Life, d)
}

// sleepTime reads the arguments of sleep: numbers that are added up, each with an optional unit.
func sleepTime(arguments []string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	total := time.Duration(0)
	for _, argument := range arguments {
		count, unit := argument, time.Second
		if last := len(argument) - 1; last > 0 && units[argument[last]] > 0 {
			count, unit = argument[:last], units[argument[last]]
		}
		number, err := strconv.ParseFloat(count, 64)
		if err != nil || number < 0 {
			return 0, fmt.Errorf("sleep: invalid time interval %q", argument)
		}
		total += time.Duration(number * float64(unit))
	}
	if len(arguments) == 0 {
		return 0, errors.New("sleep: missing operand")
	}
	return total, nil
}

// restOptions reads the options of az rest, by their long or short names.
func restOptions(arguments []string) (map[string]string, error) {
	long := map[string]string{"-m": "--method", "-u": "--url", "--uri": "--url", "-o": "--output"}
	options := map[string]string{"--method": "get", "--output": "json", "--url": "", "--query": ""}
	for i := 0; i < len(arguments); i += 2 {
		name := cmp.Or(long[arguments[i]], arguments[i])
		if _, ok := options[name]; !ok || i+1 == len(arguments) {
			return nil, fmt.Errorf("the simulator's az rest cannot use argument %q", arguments[i])
		}
		options[name] = arguments[i+1]
	}
	return options, nil
}

// rest is az rest: one request to ARM under the script's identity.
func (h *Host) rest(principal, method, url string) (any, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(url, "https://management.azure.com"), "?")
	parameters, err := neturl.ParseQuery(query)
	if err != nil || !parameters.Has("api-version") {
		return nil, arm.BadRequest("MissingApiVersionParameter", "the api-version query parameter is required")
	}
	s := h.Subscription
	s.Lock()
	defer s.Unlock()
	s.CompleteDue()
	target, action := path, "read"
	switch at := strings.LastIndex(path, "/"); {
	case method == "post" && at > 0:
		target, action = path[:at], path[at+1:]+"/action"
	case method != "get":
		return nil, arm.BadRequest("InvalidAction", "the simulator's az rest cannot %s %s", method, path)
	}
	found := s.Find(target)
	if found == nil {
		found = s.Catalog().BuiltIn(target)
	}
	if found == nil && method == "get" && s.Catalog().HasType(resourceid.Type(path+"/one")) {
		return h.list(principal, path, parameters.Get("api-version"))
	}
	if found == nil {
		return nil, arm.NotFound("ResourceNotFound", "the resource %s was not found", target)
	}
	if err := s.CheckAPIVersion(found.ARMType, parameters.Get("api-version")); err != nil {
		return nil, err
	}
	if err := authz.RequirePermission(s, principal, found.ARMType+"/"+action, target); err != nil {
		return nil, err
	}
	if method == "post" {
		if found.Kind == nil || found.Kind.Actions[strings.TrimSuffix(action, "/action")] == nil {
			return nil, arm.BadRequest("InvalidAction", "%s has no action %s", target, action)
		}
		return nil, found.Kind.Actions[strings.TrimSuffix(action, "/action")](s, found)
	}
	return h.body(found), nil
}

// body is a resource as a GET returns it.
func (h *Host) body(found *arm.Record) map[string]any {
	properties := tree.CloneObject(found.Outputs)
	if found.Kind != nil && found.Kind.Observe != nil {
		maps.Copy(properties, found.Kind.Observe(h.Subscription, found))
	}
	return map[string]any{"id": found.ID, "name": resourceid.Name(found.ID), "type": found.ARMType, "properties": properties}
}

// list is all resources of a type in a resource or at a scope, on one page; those of scopes below are left out.
func (h *Host) list(principal, path, version string) (any, error) {
	s := h.Subscription
	armType := resourceid.Type(path + "/one")
	if err := s.CheckAPIVersion(armType, version); err != nil {
		return nil, err
	}
	if err := authz.RequirePermission(s, principal, armType+"/read", resourceid.Parent(path+"/one")); err != nil {
		return nil, err
	}
	listed := []any{}
	for _, r := range s.Sorted() {
		if r.Usable() && strings.EqualFold(r.ARMType, armType) && resourceid.Equal(r.ID, path+"/"+resourceid.Name(r.ID)) {
			listed = append(listed, h.body(r))
		}
	}
	if parent := resourceid.Parent(path + "/one"); len(listed) == 0 && !s.IsReady(parent) {
		return nil, arm.NotFound("ResourceNotFound", "the resource %s was not found", parent)
	}
	return map[string]any{"value": listed}, nil
}
