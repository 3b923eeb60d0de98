package main

import (
	"context"
	json "encoding/json/v2"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	cretula "cretula.example/go"
)

const (
	maxBodyBytes = 256 << 10
	// A run that takes longer than this is given up; a real service would keep its record and answer 202.
	longestRun = 90 * time.Second
)

// service answers POST /v1/jobs/ID/attestations: the digests of what the job made in, a Sigstore bundle out.
type service struct {
	jobs     store
	key      *transitKey
	attestor *cretula.Attestor
	services cretula.Services
}

func newService(
	ctx context.Context, runtime *cretula.Runtime, jobs store, key *transitKey, audit cretula.AuditSink, trustFile string,
) (http.Handler, error) {
	trust, profile := []byte(noServices), "managed-offline"
	if trustFile != "" {
		text, err := os.ReadFile(trustFile)
		if err != nil {
			return nil, err
		}
		trust, profile = text, "managed"
	}
	config, err := configuration(profile, key.fingerprint)
	if err != nil {
		return nil, err
	}
	attestor, err := cretula.NewAttestor(ctx, cretula.AttestorOptions{
		Config: config, Trust: cretula.FixedTrust(trust), Audit: audit, Runtime: runtime,
	})
	if err != nil {
		return nil, err
	}
	service := &service{jobs: jobs, key: key, attestor: attestor}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/jobs/{id}/attestations", service.attest)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux, nil
}

// A trust configuration without services, for bundles that a key alone vouches for.
const noServices = `{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json","trustedRoot":{},` +
	`"signingConfig":{"caUrls":[],"tsaUrls":[],"rekorTlogUrls":[]}}`

// configuration says who the builder is, which parameters its builds have, and how they are signed.
func configuration(profile, keyID string) ([]byte, error) {
	const base = "https://ci.example"
	type parameter struct {
		Type     string `json:"type"`
		Required bool   `json:"required"`
		Class    string `json:"class"`
	}
	mode := map[string]any{
		"buildType": base + "/bt/v1", "builderId": base + "/builder/v1", "key": "slsa", "predicates": []string{"provenance"},
		"profile": profile, "keyId": keyID,
	}
	if profile == "managed-offline" {
		mode["offline"] = true
	}
	return json.Marshal(map[string]any{
		"schema": "cretula/config/v1", "issuers": []any{}, "modes": map[string]any{"release": mode},
		"buildTypes": []any{map[string]any{
			"buildType": base + "/bt/v1", "complete": true, "internal": map[string]any{}, "extensions": []any{},
			"external": map[string]any{
				"repository": parameter{"string", true, "C"}, "commit": parameter{"string", true, "C"},
			},
		}},
	})
}

func (s *service) attest(w http.ResponseWriter, r *http.Request) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	id := r.PathValue("id")
	job, isOwn := s.jobs.find(id, token)
	if !isBearer || !isOwn {
		refuse(w, http.StatusUnauthorized, "auth/invalid")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "input/too-large")
		return
	}
	// The caller says what was made, and nothing about how: any other member is refused.
	claims, err := cretula.ParseTenantClaims(body)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, cretula.Code(err))
		return
	}
	ctx, stop := context.WithTimeout(r.Context(), longestRun)
	defer stop()
	sealed, err := s.attestor.Attest(ctx, cretula.Facts{Record: job.Record}, claims, cretula.Job{
		Mode: "release", Deadline: time.Now().Add(longestRun), Caller: &cretula.Caller{Issuer: "https://ci.example", Subject: id, JobID: id},
	}, s.key, s.services)
	if err != nil {
		slog.Warn("not sealed", "job", id, "error", err)
		refuse(w, status(err), cretula.Code(err))
		return
	}
	w.Header().Set("Content-Type", "application/vnd.dev.sigstore.bundle.v0.3+json")
	_, _ = w.Write(sealed.Bundle)
}

// status: what can be tried again is 503, what the caller said wrong 422, and what failed here 500.
func status(err error) int {
	var failed *cretula.AttestError
	area, _, _ := strings.Cut(cretula.Code(err), "/")
	switch {
	case errors.As(err, &failed) && failed.Resumable():
		return http.StatusServiceUnavailable
	case area == "tenant", area == "subject", area == "input", area == "limits":
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

// refuse answers with the code alone: details are for the log.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, map[string]string{"code": code})
}
