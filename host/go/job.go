package cretula

import (
	"encoding/json/jsontext"
	"time"
)

// ProvenanceType is the predicate type of SLSA provenance v1.
const ProvenanceType = "https://slsa.dev/provenance/v1"

// Job is one request beside facts and claims. Nothing here comes from a tenant.
type Job struct {
	// Mode of the configuration. Required; a request cannot mix two.
	Mode string
	// Predicate is the member `predicate` of a request; nil is {"kind":"provenance"}.
	Predicate jsontext.Value
	// Deadline until when it is tried; zero is 10 minutes.
	Deadline time.Time
	// Grants of the caller, beyond the mode.
	Grants Grants
	// Caller for the audit lines; nil for a host that signs for itself.
	Caller *Caller
	// RequestID for the audit lines; "" is a random one.
	RequestID string
	// Journal keeps the run before every action, so that it survives the end of the process; nil keeps
	// nothing, and a failure that can be taken up again still carries its record.
	Journal Journal
}

// Grants are what the caller of the host may have signed, beyond the mode.
type Grants struct {
	// PredicateTypes that may be signed; empty is [ProvenanceType] alone.
	PredicateTypes []string
	// MaxVSALevel is the greatest level that a verification summary may state; "" is level 0.
	MaxVSALevel string
	// VSAProperties are values without a level that a summary may state.
	VSAProperties []string
	// ResourcePrefix is what resourceUri of a summary begins with; without it there is no summary.
	ResourcePrefix string
}

// Caller is who asked, from a verified token.
type Caller struct {
	// Issuer of the token.
	Issuer string
	// Subject of the token.
	Subject string
	// RepositoryID is the stable id of repository or project, if known.
	RepositoryID string
	// JobID is the id of the job, if known.
	JobID string
}
