// Package provider answers Gatekeeper's external-data requests with reports of the Cretula module.
//
// A key names an artifact and, where that is asked for, holds the bundle itself. Only a
// verified bundle gives a value; everything else is an error of that key, with its stable code first.
package provider

import (
	"context"
	json "encoding/json/v2"
	"errors"
	"net/http"
	"time"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/request"
	"cretula.example/go/opa/internal/verdicts"
)

const (
	maxRequestBytes = 8 << 20
	maxKeys         = 100
	defaultTimeout  = 2 * time.Second
)

// Options of a provider.
type Options struct {
	// Trust is the file with roots, keys and policies: the document that policies of OPA find at
	// data.cretula_trust. It is read for each request. Required.
	Trust string
	// Policy is the name of the policy for keys that name none.
	Policy string
	// Bundles is a folder with files sha256-HEX.sigstore.json, named by the digest of the artifact; "" for none.
	Bundles string
	// Inline accepts keys that are JSON documents, with a bundle or the name of a policy. Such a key chooses
	// what is demanded: accept it only where constraints build their keys, and never pass on a text of who is
	// judged.
	Inline bool
	// Timeout of a request. Default 2 s, below the 3 s of a webhook of Gatekeeper.
	Timeout time.Duration
	// Runtime opens the runtime; nil opens one with the default bounds.
	Runtime func() (*cretula.Runtime, error)
}

// Provider is an HTTP handler. [Provider.Serve] puts it behind mutual TLS.
type Provider struct {
	options Options
	source  *verdicts.Source
}

// New returns a provider that is ready: the module is compiled, which takes longer than a request may.
//
// The error is that of the trust file, which must be there and be read before anything is served, or of the
// runtime.
func New(options Options) (*Provider, error) {
	if options.Timeout <= 0 {
		options.Timeout = defaultTimeout
	}
	if _, err := readTrust(options.Trust); err != nil {
		return nil, err
	}
	if options.Runtime == nil {
		options.Runtime = func() (*cretula.Runtime, error) {
			return cretula.NewRuntime(context.Background(), cretula.RuntimeOptions{})
		}
	}
	runtime, err := options.Runtime()
	if err != nil {
		return nil, err
	}
	opened := func() (*cretula.Runtime, error) { return runtime, nil }
	return &Provider{options: options, source: verdicts.NewSource(opened)}, nil
}

// ServeHTTP answers POST with a ProviderRequest as its body.
func (p *Provider) ServeHTTP(reply http.ResponseWriter, asked *http.Request) {
	if asked.Method != http.MethodPost {
		reply.Header().Set("Allow", http.MethodPost)
		write(reply, http.StatusMethodNotAllowed, responseBody{SystemError: "expected POST"})
		return
	}
	var document providerRequest
	body := http.MaxBytesReader(reply, asked.Body, maxRequestBytes)
	if err := json.UnmarshalRead(body, &document); err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		write(reply, status, responseBody{SystemError: "the request cannot be read"})
		return
	}
	keys := document.Request.Keys
	if document.APIVersion != Version || document.Kind != "ProviderRequest" || len(keys) > maxKeys {
		write(reply, http.StatusBadRequest, responseBody{SystemError: "expected a ProviderRequest of " + Version})
		return
	}
	known, err := readTrust(p.options.Trust)
	if err != nil {
		write(reply, http.StatusInternalServerError, responseBody{SystemError: "the trust file cannot be read"})
		return
	}
	ctx, stop := context.WithTimeout(asked.Context(), p.options.Timeout)
	defer stop()
	items := make([]item, 0, len(keys))
	for _, key := range keys {
		items = append(items, p.item(ctx, known, key))
	}
	write(reply, http.StatusOK, responseBody{Idempotent: true, Items: items})
}

// item has a value for a verified bundle only.
func (p *Provider) item(ctx context.Context, known trust, key string) item {
	report, err := p.report(ctx, known, key)
	switch {
	case err != nil:
		return item{Key: key, Error: err.Error()}
	case !report.Verified():
		return item{Key: key, Error: report.Code()}
	}
	return item{Key: key, Value: report.JSON()}
}

func (p *Provider) report(ctx context.Context, known trust, key string) (cretula.Report, error) {
	asked, err := p.readQuestion(key)
	if err != nil {
		return cretula.Report{}, err
	}
	document, err := known.request(asked)
	if err != nil {
		return cretula.Report{}, err
	}
	wanted, err := request.Read(document)
	if err != nil {
		return cretula.Report{}, err
	}
	return p.source.Verify(ctx, wanted)
}

func write(reply http.ResponseWriter, status int, body responseBody) {
	answer := providerResponse{APIVersion: Version, Kind: "ProviderResponse", Response: body}
	document, err := json.Marshal(answer)
	if err != nil {
		http.Error(reply, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	reply.Header().Set("Content-Type", "application/json")
	reply.WriteHeader(status)
	// A caller that is gone gets no answer, which denies.
	_, _ = reply.Write(document)
}
