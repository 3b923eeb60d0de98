package cretula

import (
	"context"
	"net/http"
	"time"
)

// Services are how a run reaches Fulcio, Rekor and timestamp authorities. Which ones it may reach says the
// signing configuration of the trust source, and nothing else. The zero value reaches them over HTTPS,
// without an ID token.
type Services struct {
	// Token brings the ID token for the certificate authority; nil where no certificate is needed. A token is
	// dropped with the authority's reply, so a run that needs another certificate asks again.
	Token TokenSource
	// Transport sends requests; nil is HTTPS with TLS 1.2 or newer and the roots of the machine. Redirects
	// are never followed, whatever it is. It must not log headers: one of them holds the token.
	Transport http.RoundTripper
	// AllowLoopbackHTTP admits plain HTTP to this very machine, for tests and demonstrations.
	AllowLoopbackHTTP bool
	// Limits of requests; the zero value has the defaults.
	Limits ExchangeLimits
}

// TokenSource brings ID tokens of the job, for the audience of the certificate authority.
type TokenSource interface {
	// Token returns a compact JWS of at most 8 KiB. The text of an error is for people and holds nothing of a
	// token.
	Token(ctx context.Context) ([]byte, error)
}

// TokenFunc is a function as a [TokenSource].
type TokenFunc func(ctx context.Context) ([]byte, error)

// Token implements [TokenSource].
func (f TokenFunc) Token(ctx context.Context) ([]byte, error) { return f(ctx) }

// ExchangeLimits bound every request.
type ExchangeLimits struct {
	// Idle is the longest time between two parts of a body. Default 10 s.
	Idle time.Duration
	// Total is the longest time for a reply, whatever the module asks for. Default 120 s.
	Total time.Duration
	// Delay is the longest wait before a request, whatever the module asks for. Default 120 s.
	Delay time.Duration
	// BodyBytes is the longest body of a reply. Default 1 MiB.
	BodyBytes int64
}

func (l ExchangeLimits) withDefaults() ExchangeLimits {
	if l.Idle <= 0 {
		l.Idle = 10 * time.Second
	}
	if l.Total <= 0 {
		l.Total = 120 * time.Second
	}
	if l.Delay <= 0 {
		l.Delay = 120 * time.Second
	}
	if l.BodyBytes <= 0 {
		l.BodyBytes = 1 << 20
	}
	return l
}
