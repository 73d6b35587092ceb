package provider

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"aks-regulated-pulumi/internal/azuresim/arm"
	"aks-regulated-pulumi/internal/azuresim/diff"
	"aks-regulated-pulumi/internal/tree"
)

// Random has the semantics of pulumi-random: a value is drawn once, lives in the state alone, and any changed
// input, keepers included, draws a new one.
type Random struct {
	protocol
}

// NewRandom makes the provider.
func NewRandom() *Random { return &Random{protocol: protocol{version: "4.18.4"}} }

// randomKind makes the outputs of one random resource type; secret names those that the engine encrypts.
type randomKind struct {
	outputs func(inputs map[string]any) (id string, outputs map[string]any, err error)
	secret  []string
	// defaults are inputs that count when they are not set.
	defaults map[string]any
}

var stringDefaults = map[string]any{
	"upper": true, "lower": true, "numeric": true, "special": true,
	"minUpper": 0.0, "minLower": 0.0, "minNumeric": 0.0, "minSpecial": 0.0,
}

var randomKinds = map[string]randomKind{
	"random:index/randomUuid:RandomUuid":         {outputs: drawUUID},
	"random:index/randomId:RandomId":             {outputs: drawID},
	"random:index/randomInteger:RandomInteger":   {outputs: drawInteger},
	"random:index/randomString:RandomString":     {outputs: drawString, defaults: stringDefaults},
	"random:index/randomPassword:RandomPassword": {outputs: drawPassword, defaults: stringDefaults, secret: []string{"result"}},
}

// Check accepts what the SDK's types let through.
func (*Random) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if _, ok := randomKinds[string(resource.URN(req.GetUrn()).Type())]; !ok {
		return nil, fmt.Errorf("the simulator does not know resource type %s", resource.URN(req.GetUrn()).Type())
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// Diff replaces at any change.
func (*Random) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	old, now, err := decodeInputs(req)
	if err != nil {
		return nil, err
	}
	return diffResponse(diff.Compare(old, now), func(diff.Difference) bool { return true }), nil
}

// Create draws.
func (*Random) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	inputs, err := Decode(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		properties, err := Encode(inputs)
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	how := randomKinds[string(resource.URN(req.GetUrn()).Type())]
	id, outputs, err := how.outputs(inputs)
	if err != nil {
		return nil, err
	}
	maps.Copy(outputs, how.defaults)
	maps.Copy(outputs, inputs)
	properties, err := Encode(outputs, how.secret...)
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, err
}

// Read finds the value in the state, where alone it is. Only a UUID can be imported: it is its own id.
func (*Random) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if len(req.GetProperties().GetFields()) == 0 {
		if resource.URN(req.GetUrn()).Type() != "random:index/randomUuid:RandomUuid" || !arm.GUIDPattern.MatchString(req.GetId()) {
			return nil, fmt.Errorf("%q cannot be imported as a %s", req.GetId(), resource.URN(req.GetUrn()).Type())
		}
		properties, err := Encode(map[string]any{"result": req.GetId()})
		return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: properties, Inputs: &structpb.Struct{}}, err
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: req.GetProperties(), Inputs: req.GetInputs()}, nil
}

// Delete has nothing to delete.
func (*Random) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func drawBytes(count int) []byte {
	drawn := make([]byte, count)
	_, _ = rand.Read(drawn) // never fails
	return drawn
}

func drawUUID(map[string]any) (string, map[string]any, error) {
	id := arm.GUID(hex.EncodeToString(drawBytes(16)))
	return id, map[string]any{"result": id}, nil
}

func drawID(inputs map[string]any) (string, map[string]any, error) {
	length, _ := tree.Number(inputs, "byteLength")
	if length < 1 {
		return "", nil, fmt.Errorf("byteLength must be at least 1, not %v", length)
	}
	drawn := drawBytes(int(length))
	prefix := tree.Text(inputs, "prefix")
	url := base64.RawURLEncoding.EncodeToString(drawn)
	return url, map[string]any{
		"hex": prefix + hex.EncodeToString(drawn), "dec": prefix + new(big.Int).SetBytes(drawn).String(),
		"b64Url": prefix + url, "b64Std": prefix + base64.StdEncoding.EncodeToString(drawn),
	}, nil
}

func drawInteger(inputs map[string]any) (string, map[string]any, error) {
	low, _ := tree.Number(inputs, "min")
	high, _ := tree.Number(inputs, "max")
	if high < low {
		return "", nil, fmt.Errorf("min %v is greater than max %v", low, high)
	}
	drawn := randomBelow(int(high-low)+1) + int(low)
	return fmt.Sprint(drawn), map[string]any{"result": float64(drawn)}, nil
}

func drawPassword(inputs map[string]any) (string, map[string]any, error) {
	_, outputs, err := drawString(inputs)
	return "none", outputs, err
}

// drawString draws the demanded minimum of each class first and fills up from all enabled ones.
func drawString(inputs map[string]any) (string, map[string]any, error) {
	length, _ := tree.Number(inputs, "length")
	special := "!@#$%&*()-_=+[]{}<>:?"
	if override := tree.Text(inputs, "overrideSpecial"); override != "" {
		special = override
	}
	var drawn []byte
	all := ""
	for _, class := range []struct{ name, minimum, characters string }{
		{"upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, {"lower", "minLower", "abcdefghijklmnopqrstuvwxyz"},
		{"numeric", "minNumeric", "0123456789"}, {"special", "minSpecial", special},
	} {
		if enabled, set := inputs[class.name].(bool); set && !enabled {
			continue
		}
		all += class.characters
		minimum, _ := tree.Number(inputs, class.minimum)
		for range int(minimum) {
			drawn = append(drawn, class.characters[randomBelow(len(class.characters))])
		}
	}
	if int(length) < max(1, len(drawn)) || all == "" {
		return "", nil, fmt.Errorf("length %v cannot hold what is demanded of the string", length)
	}
	for len(drawn) < int(length) {
		drawn = append(drawn, all[randomBelow(len(all))])
	}
	for i := range drawn {
		j := i + randomBelow(len(drawn)-i)
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	result := string(drawn)
	return result, map[string]any{"result": result}, nil
}

// randomBelow draws a number from 0 up to, but not including, limit.
func randomBelow(limit int) int {
	drawn, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		return 0
	}
	return int(drawn.Int64())
}
