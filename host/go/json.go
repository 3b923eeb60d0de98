package cretula

import (
	json "encoding/json/v2"
)

// schemaOf returns the `schema` member of a document, or "".
func schemaOf(document []byte) string {
	var head struct {
		Schema string `json:"schema"`
	}
	if json.Unmarshal(document, &head) != nil {
		return ""
	}
	return head.Schema
}
