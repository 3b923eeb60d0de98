package cretula

import (
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
)

// Facts are what the control plane knows of a job. Nothing of a tenant belongs here: see [TenantClaims].
//
// Source: generation.md §1.1; members that are nil are empty objects.
type Facts struct {
	// VerifiedToken says that Claims come from an ID token that this host has verified; otherwise all is its
	// own record.
	VerifiedToken bool
	// Claims of the token, a JSON object. Required with VerifiedToken.
	Claims jsontext.Value
	// Event that started the job: name, inputs, release, vars.
	Event jsontext.Value
	// Record has members named like those of the predicate that they fill: startedOn, runnerId, variables, …
	Record jsontext.Value
}

// Subject is an artifact that a statement names.
type Subject struct {
	// Name of the artifact, at most 1024 bytes.
	Name string `json:"name,omitzero"`
	// MediaType tells the configuration of an image, which is refused, from its manifest.
	MediaType string `json:"mediaType,omitzero"`
	// Digest by algorithm name, in lower-case hex; at least one.
	Digest map[string]string `json:"digest"`
	// Annotations of a subject of a source track summary.
	Annotations jsontext.Value `json:"annotations,omitzero"`
}

// TenantClaims are what a tenant may say, and what a control plane may copy from its caller: nothing of it
// reaches a field that SLSA demands, but the subjects.
type TenantClaims struct {
	// Subjects, 1 to 1024.
	Subjects []Subject `json:"subjects"`
	// ResolvedDependencies beyond those of the facts, a JSON list of ResourceDescriptors.
	ResolvedDependencies jsontext.Value `json:"resolvedDependencies,omitzero"`
	// Byproducts, a JSON list of ResourceDescriptors.
	Byproducts jsontext.Value `json:"byproducts,omitzero"`
	// Declared has the values of declared extensions, a JSON object.
	Declared jsontext.Value `json:"declared,omitzero"`
}

// ParseTenantClaims reads the member `tenant` of a request strictly.
//
// The error is an [AttestError] with tenant/forbidden-field for any other member, and with input/syntax for
// what is no such document.
func ParseTenantClaims(document []byte) (TenantClaims, error) {
	var claims TenantClaims
	err := json.Unmarshal(document, &claims, json.RejectUnknownMembers(true))
	if err == nil {
		return claims, nil
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName) {
		return TenantClaims{}, &AttestError{
			code: "tenant/forbidden-field", path: "/tenant" + string(semantic.JSONPointer),
			detail: "subjects, resolvedDependencies, byproducts, declared",
		}
	}
	return TenantClaims{}, &AttestError{code: "input/syntax", path: "/tenant", detail: "expected claims of a tenant"}
}
