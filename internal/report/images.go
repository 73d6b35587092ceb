package report

import (
	"strings"

	"aks-regulated-pulumi/internal/resourceid"
	"aks-regulated-pulumi/internal/tree"
)

// imageRow is a container image that the import script brings.
type imageRow struct {
	Source, Tag, Digest string
	Quarantine, Live    string
	Registry, Script    Link
}

// machineImage is an image of machines, and what uses it.
type machineImage struct {
	Template Link
	Built    []string // ids of the images that the template makes
	Source   string
	Steps    int
	UsedBy   []Link
}

// images reads what each import script is told to import.
func (m *model) images() []imageRow {
	var rows []imageRow
	for _, script := range m.of(typeScript) {
		variables := environmentOf(script)
		for _, reference := range strings.Fields(variables["IMAGES"]) {
			tagged, digest, _ := strings.Cut(reference, "@")
			colon := strings.LastIndexByte(tagged, ':')
			if colon < 0 {
				colon = len(tagged)
			}
			source, tag := tagged[:colon], strings.TrimPrefix(tagged[colon:], ":")
			_, path, _ := strings.Cut(source, "/")
			rows = append(rows, imageRow{
				Source: source, Tag: tag, Digest: digest, Quarantine: "quarantine/" + path, Live: "live/" + path + ":" + tag,
				Registry: m.link(variables["REGISTRY_ID"]), Script: m.link(script.ID),
			})
		}
	}
	return rows
}

// environmentOf are the variables of a script that are not secret. The outputs count as secret, so the inputs are read.
func environmentOf(script *Resource) map[string]string {
	variables := map[string]string{}
	for _, v := range tree.List(script.Inputs, "environmentVariables") {
		if value := text(v, "value"); value != "" && value != hidden {
			variables[text(v, "name")] = value
		}
	}
	return variables
}

func (m *model) machineImages() []machineImage {
	var found []machineImage
	for _, template := range m.of(typeTemplate) {
		image := machineImage{Template: m.link(template.ID), Steps: len(tree.List(template.Outputs, "customize"))}
		source := tree.At(template.Outputs, "source")
		image.Source = strings.Join([]string{text(source, "publisher"), text(source, "offer"), text(source, "sku"), text(source, "version")}, " ")
		for _, target := range tree.List(template.Outputs, "distribute") {
			image.Built = append(image.Built, text(target, "imageId")+text(target, "galleryImageId"))
		}
		image.UsedBy = m.usersOf(image.Built)
		found = append(found, image)
	}
	return found
}

// usersOf are the scale sets that run one of the images; a version of a gallery image is below the image.
func (m *model) usersOf(images []string) []Link {
	var users []Link
	for _, set := range m.of(typeScaleSet) {
		runs := resourceid.Key(scaleSetImage(set))
		for _, image := range images {
			if runs == resourceid.Key(image) || strings.HasPrefix(runs, resourceid.Key(image)+"/") {
				users = append(users, m.link(set.ID))
			}
		}
	}
	return users
}

func scaleSetImage(set *Resource) string {
	return text(set.Outputs, "virtualMachineProfile", "storageProfile", "imageReference", "id")
}

// otherMachineImages are what scale sets run that no template of this state makes.
func (m *model) otherMachineImages() []Link {
	var others []Link
	made := m.machineImages()
	for _, set := range m.of(typeScaleSet) {
		known := false
		for _, image := range made {
			for _, user := range image.UsedBy {
				known = known || user == m.link(set.ID)
			}
		}
		if !known {
			others = append(others, Link{set.AzureName() + " runs " + scaleSetImage(set), set.Anchor()})
		}
	}
	return others
}
