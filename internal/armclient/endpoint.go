package armclient

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// publicEndpoint is Resource Manager in Azure's public cloud.
const publicEndpoint = "https://management.azure.com"

// classicAudience is for whom older tokens of Resource Manager are; it answers at publicEndpoint.
const classicAudience = "https://management.core.windows.net"

// endpointOf is the Resource Manager that a token is for, which its audience names (claim aud, RFC 7519). It decides for the provider's
// cloud, or for one on this computer.
func endpointOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return publicEndpoint
	}
	var claims struct {
		Audience string `json:"aud"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return publicEndpoint
	}
	audience := strings.TrimRight(claims.Audience, "/")
	if audience == classicAudience || mayHold(audience) != nil {
		return publicEndpoint
	}
	return audience
}

// mayHold refuses an address to which a token must not go: only this computer is reached without encryption.
func mayHold(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("address of Azure Resource Manager: %w", err)
	}
	ip := net.ParseIP(parsed.Hostname())
	if parsed.Scheme == "https" || parsed.Scheme == "http" && ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("a token does not go to %s: it is neither encrypted nor on this computer", parsed.Host)
}

// mayGoTo refuses an address that the token is not for, such as a location that another host named.
func mayGoTo(address, token string) error {
	if err := mayHold(address); err != nil {
		return err
	}
	to, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("address of Azure Resource Manager: %w", err)
	}
	allowed, err := url.Parse(endpointOf(token))
	if err != nil {
		return fmt.Errorf("address of Azure Resource Manager: %w", err)
	}
	if to.Host != allowed.Host {
		return fmt.Errorf("a token for %s does not go to %s", allowed.Host, to.Host)
	}
	return nil
}
