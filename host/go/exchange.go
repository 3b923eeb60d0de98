package cretula

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// serviceReply is one element of `replies`: what a service answered, or why there is no answer.
type serviceReply struct {
	Status      int           `json:"status,omitzero"`
	ContentType string        `json:"contentType,omitzero"`
	Location    string        `json:"location,omitzero"`
	RetryAfter  *uint32       `json:"retryAfter,omitzero"`
	LogIndex    *uint64       `json:"logIndex,omitzero"`
	Body        *[]byte       `json:"body,omitzero"`
	Error       *serviceError `json:"error,omitzero"`
}

type serviceError struct {
	Kind string `json:"kind"`
}

// Kinds of errors, as replies name them.
const (
	refusedByHost  = "denied"
	redirected     = "redirected"
	timedOut       = "timed-out"
	bodyTooLarge   = "too-large"
	notReached     = "unavailable"
	anythingElse   = "other"
	maxTokenBytes  = 8 << 10
	maxJSONInteger = 1<<53 - 1
)

func noReply(kind string) serviceReply { return serviceReply{Error: &serviceError{Kind: kind}} }

// defaultTransport is HTTPS with bounds; bodies are bounded where they are read.
var defaultTransport = sync.OnceValue(func() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
})

// fillToken gets an ID token if the requests need one; the one before was dropped with the reply of the
// authority.
func (r *run) fillToken(ctx context.Context, requests []exchangeRequest) error {
	isNeeded := false
	for _, request := range requests {
		isNeeded = isNeeded || request.withToken()
	}
	if !isNeeded || r.token != nil {
		return nil
	}
	if r.services.Token == nil {
		return hostError(CodeToken, "the certificate authority wants an ID token, and there is no source of one")
	}
	token, err := r.services.Token.Token(ctx)
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if err != nil {
		return &AttestError{code: CodeToken, detail: clip(err.Error()), wrapped: err}
	}
	if len(token) == 0 || len(token) > maxTokenBytes || !tokenForm.Match(token) {
		return hostError(CodeToken, "an ID token is a compact JWS of at most 8 KiB")
	}
	r.token = token
	return nil
}

var tokenForm = regexp.MustCompile(`\A[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\z`)

// exchange performs the requests of an action, all at the same time; the replies have their order.
func (r *run) exchange(ctx context.Context, requests []exchangeRequest) ([]serviceReply, error) {
	replies := make([]serviceReply, len(requests))
	errs := make([]error, len(requests))
	var group sync.WaitGroup
	for n, request := range requests {
		group.Go(func() { replies[n], errs[n] = r.exchangeOne(ctx, request) })
	}
	group.Wait()
	for n, request := range requests {
		if request.withToken() && !isRetried(replies[n]) {
			r.token = nil
		}
	}
	return replies, errors.Join(errs...)
}

// isRetried says whether the module will send the same request again; the token is needed until then.
func isRetried(reply serviceReply) bool {
	if reply.Error != nil {
		return reply.Error.Kind == timedOut || reply.Error.Kind == notReached
	}
	switch reply.Status {
	case 408, 429, 500, 502, 503, 504:
		return true
	}
	return false
}

// exchangeOne performs one request. The error is that of the caller's context; everything else is a reply.
func (r *run) exchangeOne(ctx context.Context, request exchangeRequest) (serviceReply, error) {
	if !r.allowed.admits(request) || request.withToken() && r.token == nil {
		return noReply(refusedByHost), nil
	}
	limits := r.services.Limits.withDefaults()
	if err := r.wait(ctx, request.DelayMS, limits.Delay); err != nil {
		return serviceReply{}, err
	}
	inside, stop := context.WithTimeout(ctx, min(request.timeout(), limits.Total))
	defer stop()
	reply, err := r.send(inside, request, limits)
	switch {
	case ctx.Err() != nil:
		return serviceReply{}, cancelled(ctx)
	case err == nil:
		return reply, nil
	case inside.Err() != nil, isTimeout(err):
		return noReply(timedOut), nil
	case errors.Is(err, errTooLarge):
		return noReply(bodyTooLarge), nil
	}
	return noReply(notReached), nil
}

var errTooLarge = errors.New("the body is longer than its limit, or compressed")

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (r *run) send(ctx context.Context, request exchangeRequest, limits ExchangeLimits) (serviceReply, error) {
	sent, err := http.NewRequestWithContext(ctx, request.Method, request.URL, bytes.NewReader(request.Body))
	if err != nil {
		return noReply(refusedByHost), nil
	}
	// Without it the transport sends nothing twice behind the module's back.
	sent.GetBody = nil
	sent.Header.Set("User-Agent", "cretula-go")
	sent.Header.Set("Accept-Encoding", "identity")
	set := func(name, text string) {
		if text != "" {
			sent.Header.Set(name, text)
		}
	}
	set("Content-Type", request.Headers.ContentType)
	set("Accept", request.Headers.Accept)
	if request.withToken() {
		sent.Header.Set("Authorization", "Bearer "+string(r.token))
	}
	// The transport and not a client: nobody follows redirects or keeps cookies.
	transport := r.services.Transport
	if transport == nil {
		transport = defaultTransport()
	}
	received, err := transport.RoundTrip(sent)
	if err != nil {
		return serviceReply{}, err
	}
	body, err := readBody(received, limits)
	if received.StatusCode >= 300 && received.StatusCode < 400 {
		return noReply(redirected), nil
	}
	if err != nil {
		return serviceReply{}, err
	}
	if request.withToken() && r.isTokenIn(body) {
		return noReply(anythingElse), nil
	}
	// The module reads no body of a refusal, and a service may repeat in it what it got.
	if received.StatusCode < 200 || received.StatusCode >= 300 {
		body = []byte{}
	}
	header := received.Header.Get
	location := ""
	if !request.withToken() {
		location = sameOriginPath(sent.URL, header("Location"))
	}
	return serviceReply{
		Status:      received.StatusCode,
		ContentType: mediaType(header("Content-Type")),
		Location:    location,
		RetryAfter:  retryAfter(header("Retry-After")),
		LogIndex:    logIndex(header("X-Log-Index")),
		Body:        &body,
	}, nil
}

// isTokenIn says whether bytes hold the part of the token that makes it one: its signature.
func (r *run) isTokenIn(body []byte) bool {
	return bytes.Contains(body, r.token[bytes.LastIndexByte(r.token, '.')+1:])
}

// readBody reads part by part: what is above the limit is never kept, and a pause ends it.
func readBody(received *http.Response, limits ExchangeLimits) ([]byte, error) {
	var once sync.Once
	closeBody := func() { once.Do(func() { _ = received.Body.Close() }) }
	defer closeBody()
	encoding := received.Header.Get("Content-Encoding")
	if encoding != "" || received.Uncompressed || received.ContentLength > limits.BodyBytes {
		return nil, errTooLarge
	}
	// Closing the body ends a read that waits.
	idle := time.AfterFunc(limits.Idle, closeBody)
	defer idle.Stop()
	body, part := []byte{}, make([]byte, 32<<10)
	for {
		n, err := received.Body.Read(part)
		isIdle := !idle.Reset(limits.Idle)
		if int64(len(body)+n) > limits.BodyBytes {
			return nil, errTooLarge
		}
		body = append(body, part[:n]...)
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil && isIdle:
			return nil, context.DeadlineExceeded
		case err != nil:
			return nil, err
		}
	}
}

// mediaType leaves out parameters (RFC 9110 §8.3.1).
func mediaType(header string) string {
	essence, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(essence))
}

var digits = regexp.MustCompile(`\A[0-9]+\z`)

// retryAfter reads seconds (RFC 9110 §10.2.3); a date counts as absent.
func retryAfter(header string) *uint32 {
	header = strings.TrimSpace(header)
	seconds, err := strconv.ParseUint(header, 10, 32)
	if err != nil || !digits.MatchString(header) {
		return nil
	}
	return new(uint32(seconds))
}

// logIndex reads the index of the entry that was there already.
func logIndex(header string) *uint64 {
	header = strings.TrimSpace(header)
	index, err := strconv.ParseUint(header, 10, 64)
	if err != nil || !digits.MatchString(header) || index > maxJSONInteger {
		return nil
	}
	return new(index)
}
