package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"fmt"
	"os"
)

// job is what this control plane knows of a job. A caller says nothing of it.
type job struct {
	// TokenSHA256 of the secret that the job was given, hex.
	TokenSHA256 string `json:"tokenSha256"`
	// Record has members named like those of the predicate that they fill.
	Record jsontext.Value `json:"record"`
}

// store has jobs by id; a real one is a database.
type store map[string]job

func readStore(path string) (store, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var jobs store
	if err := json.Unmarshal(text, &jobs, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return jobs, nil
}

// find returns the job of this id if the secret is the one that it was given: unknown and foreign jobs look
// the same.
func (s store) find(id, token string) (job, bool) {
	digest := sha256.Sum256([]byte(token))
	found, isKnown := s[id]
	isOwn := subtle.ConstantTimeCompare([]byte(found.TokenSHA256), []byte(hex.EncodeToString(digest[:]))) == 1
	return found, isKnown && isOwn
}
