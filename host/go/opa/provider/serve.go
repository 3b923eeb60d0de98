package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	maxHeaderBytes = 16 << 10
	readTimeout    = 5 * time.Second
	stopTimeout    = 5 * time.Second
)

// Files are the PEM files of mutual TLS, as Gatekeeper asks for it. They are read for each connection, so a
// certificate that was renewed is used without a restart.
type Files struct {
	// Certificate and Key of this server.
	Certificate, Key string
	// ClientCA is the authority of Gatekeeper's client certificate; every client must show one of it.
	ClientCA string
}

// Serve answers on a listener until the context ends, over TLS 1.3 and only to clients with a certificate.
//
// The error is that of the files, if they cannot be used to begin with, or of the listener.
func (p *Provider) Serve(ctx context.Context, listener net.Listener, files Files) error {
	if _, err := files.config(); err != nil {
		return err
	}
	server := &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       readTimeout,
		// It runs from the end of the header: time to read, to answer, and as long again to write.
		WriteTimeout:   2*readTimeout + p.options.Timeout,
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: maxHeaderBytes,
	}
	secured := tls.NewListener(listener, &tls.Config{
		MinVersion:         tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return files.config() },
	})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(secured) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer stop()
	return server.Shutdown(grace)
}

func (f Files) config() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	if err != nil {
		return nil, err
	}
	authority, err := readFile(f.ClientCA, maxTrustBytes)
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(authority) {
		return nil, errors.New("the file of the client authority holds no certificate")
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
		// Tickets would outlive an authority that was replaced.
		SessionTicketsDisabled: true,
		NextProtos:             []string{"h2", "http/1.1"},
	}, nil
}
