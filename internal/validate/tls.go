package validate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// checkIngressCertificate is skipped where nothing answers: only the gateway has to get through to the ingress controller, and
// the machine that this runs on may be kept out on purpose.
func checkIngressCertificate(ctx context.Context, s *subject) (verdict, error) {
	host := s.expected.IngressHost
	address := net.JoinHostPort(s.expected.ingressAddress.String(), "443")
	state, err := s.handshake(ctx, address, tls.VersionTLS12, tls.VersionTLS13)
	switch {
	case unanswered(err):
		return skipped("%s does not answer this machine, which may be kept out (%v). See the gateway's health probe", address, err), nil
	case err != nil:
		return failed("%s refuses a handshake for %s: %v. Look at the ingress controller's log", address, host, err), nil
	case len(state.PeerCertificates) == 0:
		return failed("%s shows no certificate for %s", address, host), nil
	}
	var wrong problems
	leaf := state.PeerCertificates[0]
	if err := leaf.VerifyHostname(host); err != nil {
		wrong.add("%s shows a certificate of other names: %v", address, err)
	}
	if problem := outdated(leaf, time.Now()); problem != "" {
		wrong.add("the certificate %s", problem)
	}
	if old, err := s.handshake(ctx, address, tls.VersionTLS10, tls.VersionTLS11); err == nil {
		wrong.add("%s accepts %s", address, tls.VersionName(old.Version))
	}
	return wrong.verdict("Look at the certificate in the vault, and at the ingress controller's TLS options",
		"%s with a certificate of %s until %s; the gateway judges who issued it",
		tls.VersionName(state.Version), strings.Join(leaf.DNSNames, ", "), leaf.NotAfter.Format(time.DateOnly)), nil
}

func outdated(leaf *x509.Certificate, now time.Time) string {
	switch {
	case now.Before(leaf.NotBefore):
		return "is not valid before " + leaf.NotBefore.Format(time.DateOnly)
	case now.After(leaf.NotAfter):
		return "has expired on " + leaf.NotAfter.Format(time.DateOnly)
	}
	return ""
}

func (s *subject) handshake(ctx context.Context, address string, lowest, highest uint16) (tls.ConnectionState, error) {
	conn, err := s.options.Dial(ctx, "tcp", address)
	if err != nil {
		return tls.ConnectionState{}, dialError{err}
	}
	client := tls.Client(conn, &tls.Config{
		ServerName: s.expected.IngressHost,
		MinVersion: lowest,
		MaxVersion: highest,
		// The name is verified afterwards; the issuer is known to the gateway only.
		InsecureSkipVerify: true,
	})
	defer client.Close()
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.HandshakeContext(limited); err != nil {
		return tls.ConnectionState{}, err
	}
	return client.ConnectionState(), nil
}

// dialError is a connection that could not be made.
type dialError struct{ error }

// unanswered reports whether no ingress controller has spoken: no connection, or one that was dropped, closed or reset on the way.
func unanswered(err error) bool {
	var dial dialError
	if errors.As(err, &dial) {
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return true
	}
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
