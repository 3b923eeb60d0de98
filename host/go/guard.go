package cretula

import (
	"context"
	"crypto/x509"
	"encoding/json/jsontext"
	"time"
)

// guardVerdict is a cretula/guard/v1 document: what a message is that may be signed.
type guardVerdict struct {
	Schema        string   `json:"schema"`
	Kind          string   `json:"kind"`
	MessageSHA256 string   `json:"messageSha256"`
	Key           string   `json:"key"`
	PayloadSHA256 string   `json:"payloadSha256"`
	PredicateType string   `json:"predicateType"`
	Subjects      []string `json:"subjects"`
	BuilderID     string   `json:"builderId"`
}

// guard asks an instance that has seen nothing but authorisation and message whether the message may be
// signed.
func (r *run) guard(ctx context.Context, name string, key *openKey, message []byte) (guardVerdict, error) {
	authorisation, err := r.authorisation(name, key)
	if err != nil {
		return guardVerdict{}, err
	}
	replies, err := r.attestor.runtime.fresh(ctx, bytesCall("guard", authorisation, message))
	document, err := orFailure(first(replies), err)
	if err != nil {
		return guardVerdict{}, err
	}
	var verdict guardVerdict
	isRead := unmarshal(document, &verdict) == nil && verdict.Schema == "cretula/guard/v1"
	if !isRead || verdict.MessageSHA256 != hexSHA256(message) {
		return guardVerdict{}, hostError(CodeSandbox, "not a verdict of the contract about this message")
	}
	return verdict, nil
}

// authorisation says what may be signed for this request with this key. All of it is the host's own; nothing
// comes from a state or from the instance that asks for the signature.
func (r *run) authorisation(name string, key *openKey) ([]byte, error) {
	subjects := make([]map[string]string, 0, len(r.claims.Subjects))
	for _, subject := range r.claims.Subjects {
		subjects = append(subjects, subject.Digest)
	}
	grants := r.job.Grants
	types := grants.PredicateTypes
	if len(types) == 0 {
		types = []string{ProvenanceType}
	}
	signed := r.signed
	if signed == nil {
		signed = []signedMessage{}
	}
	document := object{}.
		text("schema", authorisationSchema).text("mode", r.job.Mode).raw("config", r.attestor.config.document).
		object("facts", r.facts).value("subjects", subjects).value("predicateTypes", types).
		textUnlessEmpty("maxVsaLevel", grants.MaxVSALevel).textUnlessEmpty("resourcePrefix", grants.ResourcePrefix).
		text("key", name).binary("spki", key.description.PublicKey).text("purpose", key.purpose).value("signed", signed)
	if len(grants.VSAProperties) > 0 {
		document = document.value("vsaProperties", grants.VSAProperties)
	}
	if key.purpose == purposeCA {
		certification, err := r.certification(key)
		if err != nil {
			return nil, err
		}
		document = document.object("ca", certification)
	}
	return document.encode()
}

// certification is what a certificate of a private authority is compared with.
func (r *run) certification(authority *openKey) (object, error) {
	ephemeral := r.keys[ephemeralKey]
	if ephemeral == nil {
		return object{}, hostError("guard/certificate", "there is no key to certify")
	}
	now := r.attestor.clock.now()
	certificate, err := authorityCertificate(r.trust, authority.description.PublicKey, now)
	if err != nil {
		return object{}, err
	}
	return object{}.binary("certificate", certificate).binary("ephemeral", ephemeral.description.PublicKey).
		uint("now", seconds(now)), nil
}

// authorityCertificate finds the certificate of a key among the authorities of the trusted root that are in
// use. The guard compares its key once more.
func authorityCertificate(trust jsontext.Value, spki []byte, now time.Time) ([]byte, error) {
	var document struct {
		TrustedRoot struct {
			CertificateAuthorities []struct {
				CertChain struct {
					Certificates []struct {
						RawBytes []byte `json:"rawBytes"`
					} `json:"certificates"`
				} `json:"certChain"`
				ValidFor struct {
					Start time.Time `json:"start"`
					End   time.Time `json:"end"`
				} `json:"validFor"`
			} `json:"certificateAuthorities"`
		} `json:"trustedRoot"`
	}
	if unmarshal(trust, &document) != nil {
		return nil, hostError("config/format", "the trusted root cannot be read")
	}
	for _, authority := range document.TrustedRoot.CertificateAuthorities {
		window := authority.ValidFor
		isInUse := !now.Before(window.Start) && (window.End.IsZero() || !now.After(window.End))
		if !isInUse || len(authority.CertChain.Certificates) == 0 {
			continue
		}
		issuing := authority.CertChain.Certificates[0].RawBytes
		certificate, err := x509.ParseCertificate(issuing)
		if err != nil || string(certificate.RawSubjectPublicKeyInfo) != string(spki) {
			continue
		}
		if !now.Before(certificate.NotBefore) && !now.After(certificate.NotAfter) {
			return issuing, nil
		}
	}
	return nil, hostError("fulcio/chain", "the trusted root has no authority with this key")
}
