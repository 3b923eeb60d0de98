package provider

import (
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	// The module's default limit of a bundle.
	maxBundleBytes = 1 << 20
	maxArtifacts   = 64
)

// question is what a key of Gatekeeper asks: a reference NAME@sha256:HEX or, if keys may be inline, a JSON
// document.
type question struct {
	Policy    string         `json:"policy"`
	Artifacts []string       `json:"artifacts"`
	Bundle    jsontext.Value `json:"bundle"`
	Container string         `json:"container"`
}

var (
	errKey    = errors.New("input/type: a key is a reference NAME@sha256:HEX or, if inline, a JSON document")
	errBundle = errors.New("input/missing: there is no bundle for this artifact")
)

var sha256Digest = regexp.MustCompile(`\Asha256:([0-9a-f]{64})\z`)

// readQuestion reads a key. A policy that is not named is the default one, a bundle that is not there is
// looked up in the folder.
func (p *Provider) readQuestion(key string) (question, error) {
	var asked question
	if p.options.Inline && strings.HasPrefix(key, "{") {
		if json.Unmarshal([]byte(key), &asked, json.RejectUnknownMembers(true)) != nil {
			return question{}, errKey
		}
	} else {
		_, digest, found := strings.Cut(key, "@")
		if !found || !sha256Digest.MatchString(digest) {
			return question{}, errKey
		}
		asked.Artifacts = []string{digest}
	}
	if asked.Policy == "" {
		asked.Policy = p.options.Policy
	}
	if len(asked.Artifacts) > maxArtifacts {
		return question{}, errKey
	}
	if asked.Bundle != nil {
		return asked, nil
	}
	var err error
	asked.Bundle, err = p.storedBundle(asked.Artifacts)
	return asked, err
}

// storedBundle reads the bundle of one artifact, the file sha256-HEX.sigstore.json. Nothing but these digits
// of a key reaches a path.
func (p *Provider) storedBundle(artifacts []string) (jsontext.Value, error) {
	if p.options.Bundles == "" || len(artifacts) != 1 {
		return nil, errBundle
	}
	digest := sha256Digest.FindStringSubmatch(artifacts[0])
	if digest == nil {
		return nil, errBundle
	}
	file := filepath.Join(p.options.Bundles, "sha256-"+digest[1]+".sigstore.json")
	content, err := readFile(file, maxBundleBytes)
	if err != nil {
		return nil, errBundle
	}
	return jsontext.Value(content), nil
}

func (q question) artifacts() []any {
	var artifacts []any
	for _, artifact := range q.Artifacts {
		artifacts = append(artifacts, artifact)
	}
	return artifacts
}
