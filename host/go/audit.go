package cretula

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// Digests of subjects that a line lists; the count tells of the others.
	listedSubjects = 16
	// Most bytes of a text of others in a line.
	foreignBytes = 256
)

// AuditSink takes one event for every decision about a signature.
type AuditSink interface {
	// Append returns nil only when the event survives a loss of power. After an error nothing is signed, and
	// the run ends with [CodeAudit].
	Append(ctx context.Context, event AuditEvent) error
}

// AuditEvent is a decision about one message. It has no place for a token, a payload or a key.
type AuditEvent struct {
	// Time of the decision.
	Time time.Time
	// RequestID at the host.
	RequestID string
	// Caller who asked; nil for a host that signs for itself.
	Caller *Caller
	// Mode of the request.
	Mode string
	// KeyID and KeyVersion of the key; KeyVersion is "" if it has none.
	KeyID, KeyVersion string
	// Kind of the message: "attestation", "csr", "certificate", or "unknown" for what the guard refused.
	Kind string
	// PayloadSHA256 of a statement, lower-case hex.
	PayloadSHA256 string
	// PredicateType of a statement.
	PredicateType string
	// Subjects of a statement, one digest each.
	Subjects []string
	// BuilderID of provenance.
	BuilderID string
	// Allowed says whether the signature may leave.
	Allowed bool
	// Code of the refusal.
	Code string
	// ModuleSHA256 is that of [ModuleSHA256].
	ModuleSHA256 string
}

// LineDigest is the SHA-256 of a line without its line feed; the zero value stands before the first line.
type LineDigest [sha256.Size]byte

type auditLine struct {
	Time          string        `json:"time"`
	RequestID     string        `json:"requestId"`
	Caller        *auditCaller  `json:"caller,omitempty"`
	Mode          string        `json:"mode"`
	KeyID         string        `json:"keyId"`
	KeyVersion    string        `json:"keyVersion,omitzero"`
	Kind          string        `json:"kind"`
	PayloadSHA256 string        `json:"payloadSha256,omitzero"`
	PredicateType string        `json:"predicateType,omitzero"`
	Subjects      auditSubjects `json:"subjects"`
	BuilderID     string        `json:"builderId,omitzero"`
	Verdict       string        `json:"verdict"`
	Code          string        `json:"code,omitzero"`
	ModuleSHA256  string        `json:"moduleSha256"`
	Previous      string        `json:"previous"`
}

type auditCaller struct {
	Issuer       string `json:"issuer"`
	Subject      string `json:"subject"`
	RepositoryID string `json:"repositoryId,omitzero"`
	JobID        string `json:"jobId,omitzero"`
}

type auditSubjects struct {
	Digests []string `json:"digests"`
	Count   int      `json:"count"`
}

// Line writes the event as one line of canonical JSON without a line feed, chained to the line before, and
// returns the digest that the next line names. Texts of others are escaped and cut to 256 bytes. The format
// is that of the wasmtime host (generation.md §5.5).
func (e AuditEvent) Line(previous LineDigest) ([]byte, LineDigest) {
	verdict := "denied"
	if e.Allowed {
		verdict = "allowed"
	}
	line := auditLine{
		Time: e.Time.UTC().Format(time.RFC3339), RequestID: foreign(e.RequestID), Mode: foreign(e.Mode),
		KeyID: foreign(e.KeyID), KeyVersion: foreign(e.KeyVersion), Kind: foreign(e.Kind),
		PayloadSHA256: foreign(e.PayloadSHA256), PredicateType: foreign(e.PredicateType),
		Subjects:  auditSubjects{Digests: []string{}, Count: len(e.Subjects)},
		BuilderID: foreign(e.BuilderID), Verdict: verdict, Code: foreign(e.Code),
		ModuleSHA256: e.ModuleSHA256, Previous: hex.EncodeToString(previous[:]),
	}
	for _, subject := range e.Subjects[:min(listedSubjects, len(e.Subjects))] {
		line.Subjects.Digests = append(line.Subjects.Digests, foreign(subject))
	}
	if c := e.Caller; c != nil {
		line.Caller = &auditCaller{foreign(c.Issuer), foreign(c.Subject), foreign(c.RepositoryID), foreign(c.JobID)}
	}
	text, err := json.Marshal(line)
	if err != nil {
		// Every text was made valid UTF-8 above.
		return nil, previous
	}
	value := jsontext.Value(text)
	if value.Canonicalize() != nil {
		return nil, previous
	}
	return value, sha256.Sum256(value)
}

// foreign escapes everything that could change how a line looks and cuts to 256 bytes; "…" marks the cut.
func foreign(text string) string {
	const cut = "…"
	var shown strings.Builder
	cutAt := 0
	for _, letter := range text {
		shown.WriteString(escaped(letter))
		if shown.Len() > foreignBytes {
			return shown.String()[:cutAt] + cut
		}
		if shown.Len() <= foreignBytes-len(cut) {
			cutAt = shown.Len()
		}
	}
	return shown.String()
}

func escaped(letter rune) string {
	switch {
	case letter == '"' || letter == '\\':
		return `\` + string(letter)
	case unicode.IsControl(letter), letter == 0x200e, letter == 0x200f,
		letter >= 0x2028 && letter <= 0x202e, letter >= 0x2066 && letter <= 0x2069:
		return `\u{` + strconv.FormatInt(int64(letter), 16) + "}"
	}
	return string(letter)
}

// clip cuts a detail to 256 bytes at a character.
func clip(text string) string {
	if len(text) <= foreignBytes {
		return text
	}
	text = text[:foreignBytes]
	for len(text) > 0 && !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}
