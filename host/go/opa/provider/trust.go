package provider

import (
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

const maxTrustBytes = 16 << 20

// trust is the document that policies of OPA find at data.cretula_trust.
type trust struct {
	Roots    map[string]jsontext.Value `json:"roots"`
	Keys     map[string]map[string]any `json:"keys"`
	Policies map[string]jsontext.Value `json:"policies"`
}

var errNoPolicy = errors.New("input/missing: there is no such policy")

// readTrust reads the file; for each request again, so that a mounted file is replaced without a restart.
func readTrust(path string) (trust, error) {
	content, err := readFile(path, maxTrustBytes)
	if err != nil {
		return trust{}, err
	}
	var found trust
	err = json.Unmarshal(content, &found, json.RejectUnknownMembers(true))
	return found, err
}

// request is the request of the builtin for what a key asks, under a policy, the roots and the keys of the
// document.
func (t trust) request(asked question) (map[string]any, error) {
	policy, ok := t.Policies[asked.Policy]
	if !ok {
		return nil, errNoPolicy
	}
	// In one order, since the order of roots shows in reports.
	var roots, keys []any
	for _, name := range slices.Sorted(maps.Keys(t.Roots)) {
		roots = append(roots, textOf(t.Roots[name]))
	}
	for _, id := range slices.Sorted(maps.Keys(t.Keys)) {
		key := maps.Clone(t.Keys[id])
		key["id"] = id
		keys = append(keys, key)
	}
	request := map[string]any{
		"bundle":    textOf(asked.Bundle),
		"policy":    textOf(policy),
		"roots":     roots,
		"keys":      keys,
		"artifacts": asked.artifacts(),
	}
	if asked.Container != "" {
		request["container"] = asked.Container
	}
	return request, nil
}

// textOf is a document byte for byte: the value itself, or what a JSON text holds.
func textOf(value jsontext.Value) string {
	var text string
	if value.Kind() == '"' && json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// readFile reads a whole file that is not longer than a limit.
func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("the file is longer than %d bytes", limit)
	}
	return content, err
}
