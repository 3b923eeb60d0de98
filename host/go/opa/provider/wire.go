package provider

import "encoding/json/jsontext"

// Version of Gatekeeper's external-data documents that are read and written.
const Version = "externaldata.gatekeeper.sh/v1beta1"

// providerRequest is what Gatekeeper sends.
type providerRequest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Request    struct {
		Keys []string `json:"keys"`
	} `json:"request"`
}

// providerResponse is what it gets: an item for each key, in their order, or a system error.
type providerResponse struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Response   responseBody `json:"response"`
}

type responseBody struct {
	// Idempotent: the same key has the same answer until trust or bundles are replaced.
	Idempotent  bool   `json:"idempotent"`
	Items       []item `json:"items,omitempty"`
	SystemError string `json:"systemError,omitempty"`
}

// item has a value, the report, if the bundle was verified; otherwise an error, the code. Constraints that
// look only at values or only at errors both deny what is not verified.
type item struct {
	Key   string         `json:"key"`
	Value jsontext.Value `json:"value,omitempty"`
	Error string         `json:"error,omitempty"`
}
