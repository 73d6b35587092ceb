package scripts

import (
	"errors"
	"fmt"
	"time"

	"aks-regulated-pulumi/internal/azuresim/services/registry"
)

// ImportTime is how long the registry takes to copy one image.
const ImportTime = time.Minute

// importOptions reads the options of az acr import.
func importOptions(arguments []string) (*registry.ImageImport, error) {
	made, output := &registry.ImageImport{}, ""
	values := map[string]*string{
		"--name": &made.Name, "-n": &made.Name, "--resource-group": &made.Group, "-g": &made.Group, "--source": &made.Source,
		"--registry": &made.SourceRegistry, "-r": &made.SourceRegistry, "--username": &made.User, "-u": &made.User,
		"--password": &made.Password, "-p": &made.Password, "--output": &output, "-o": &output,
	}
	for i := 0; i < len(arguments); i++ {
		option := arguments[i]
		if option == "--force" {
			made.Force = true
			continue
		}
		if i+1 == len(arguments) {
			return nil, fmt.Errorf("the simulator's az acr import cannot use argument %q", option)
		}
		i++
		switch value := values[option]; {
		case option == "--image" || option == "-t":
			made.Targets = append(made.Targets, arguments[i])
		case value != nil:
			*value = arguments[i]
		default:
			return nil, fmt.Errorf("the simulator's az acr import cannot use argument %q", option)
		}
	}
	if made.Name == "" || made.Source == "" {
		return nil, errors.New("the following arguments are required: --name, --source")
	}
	if (made.User == "") != (made.Password == "") {
		return nil, errors.New("--username and --password go together")
	}
	return made, nil
}

// acrImport copies an image into a registry. The service copies, so that no network of the caller's counts.
func (h *Host) acrImport(running *scriptSession, arguments []string) error {
	made, err := importOptions(arguments)
	if err != nil {
		return err
	}
	s := h.Subscription
	s.Lock()
	_, err = registry.PlanImport(s, running.principal, made)
	s.Unlock()
	if err != nil {
		return err
	}
	if err := h.sleep(running, ImportTime); err != nil {
		return err
	}
	s.Lock()
	defer s.Unlock()
	// Things may have changed while the image was copied.
	plan, err := registry.PlanImport(s, running.principal, made)
	if err != nil {
		return err
	}
	plan.Apply(s.Clock.Now(), running.principal)
	s.Touch(plan.Registry)
	return s.Save()
}
