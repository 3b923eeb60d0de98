// Reads questions as JSON lines on standard input and answers with the verdict of sigstore-go, one line each.
package main

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

type question struct {
	Bundle   []byte  `json:"bundle"`
	Root     []byte  `json:"root"`
	Artifact *[]byte `json:"artifact"`
	Digest   *struct {
		Algorithm string `json:"algorithm"`
		Hex       string `json:"hex"`
	} `json:"digest"`
	Identity *string `json:"identity"`
	Issuer   *string `json:"issuer"`
	Key      *struct {
		ID      string  `json:"id"`
		DER     []byte  `json:"der"`
		Details *string `json:"details"`
		Start   *string `json:"start"`
		End     *string `json:"end"`
	} `json:"key"`
	Log         int    `json:"log"`
	Sct         int    `json:"sct"`
	Mode        string `json:"mode"`
	Times       int    `json:"times"`
	SignedTimes int    `json:"signedTimes"`
}

type answer struct {
	Accept bool   `json:"accept"`
	Reason string `json:"reason,omitempty"`
}

var roots = map[string]*root.TrustedRoot{}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 256<<20)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		reply := answer{Accept: true}
		if err := judge(in.Bytes()); err != nil {
			reply = answer{Reason: err.Error()}
		}
		line, _ := json.Marshal(reply)
		out.Write(append(line, '\n'))
		out.Flush()
	}
}

func judge(line []byte) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return err
	}
	material, err := q.material()
	if err != nil {
		return fmt.Errorf("trusted material: %w", err)
	}
	var b bundle.Bundle
	if err := b.UnmarshalJSON(q.Bundle); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	verifier, err := verify.NewVerifier(material, q.options()...)
	if err != nil {
		return err
	}
	policy, err := q.policy()
	if err != nil {
		return err
	}
	_, err = verifier.Verify(&b, policy)
	return err
}

func (q question) material() (root.TrustedMaterialCollection, error) {
	var all root.TrustedMaterialCollection
	if q.Root != nil {
		known, ok := roots[string(q.Root)]
		if !ok {
			var err error
			if known, err = root.NewTrustedRootFromJSON(q.Root); err != nil {
				return nil, err
			}
			roots[string(q.Root)] = known
		}
		all = append(all, known)
	}
	if q.Key != nil {
		verifier, err := q.keyVerifier()
		if err != nil {
			return nil, err
		}
		start, end, err := q.keyWindow()
		if err != nil {
			return nil, err
		}
		key := root.NewExpiringKey(verifier, start, end)
		all = append(all, root.NewTrustedPublicKeyMaterial(func(hint string) (root.TimeConstrainedVerifier, error) {
			if q.Key.ID != "" && q.Key.ID != hint {
				return nil, fmt.Errorf("no key for hint %q", hint)
			}
			return key, nil
		}))
	}
	return all, nil
}

func (q question) keyVerifier() (signature.Verifier, error) {
	public, err := x509.ParsePKIXPublicKey(q.Key.DER)
	if err != nil {
		return nil, err
	}
	if q.Key.Details != nil {
		number, ok := protocommon.PublicKeyDetails_value[*q.Key.Details]
		if !ok {
			return nil, fmt.Errorf("unknown key details %s", *q.Key.Details)
		}
		details, err := signature.GetAlgorithmDetails(protocommon.PublicKeyDetails(number))
		if err != nil {
			return nil, err
		}
		return signature.LoadVerifierFromAlgorithmDetails(public, details)
	}
	details, err := signature.GetDefaultAlgorithmDetails(public)
	if err != nil {
		return signature.LoadVerifier(public, crypto.SHA256)
	}
	return signature.LoadVerifierFromAlgorithmDetails(public, details)
}

func (q question) keyWindow() (start, end time.Time, err error) {
	if q.Key.Start != nil {
		if start, err = time.Parse(time.RFC3339Nano, *q.Key.Start); err != nil {
			return
		}
	}
	if q.Key.End != nil {
		end, err = time.Parse(time.RFC3339Nano, *q.Key.End)
	}
	return
}

func (q question) options() []verify.VerifierOption {
	var options []verify.VerifierOption
	if q.Log > 0 {
		options = append(options, verify.WithTransparencyLog(q.Log))
	}
	if q.Sct > 0 && q.Key == nil {
		options = append(options, verify.WithSignedCertificateTimestamps(q.Sct))
	}
	switch {
	case q.Mode == "none":
		options = append(options, verify.WithNoObserverTimestamps())
	case q.Mode == "tsa":
		options = append(options, verify.WithSignedTimestamps(max(q.Times, q.SignedTimes)))
	case q.Mode == "log":
		options = append(options, verify.WithIntegratedTimestamps(q.Times))
	default:
		options = append(options, verify.WithObserverTimestamps(q.Times))
		if q.SignedTimes > 0 {
			options = append(options, verify.WithSignedTimestamps(q.SignedTimes))
		}
	}
	return append(options, verify.WithoutStatementPredicate())
}

func (q question) policy() (verify.PolicyBuilder, error) {
	var policy verify.PolicyOption
	switch {
	case q.Key != nil:
		policy = verify.WithKey()
	case q.Identity != nil:
		issuer := ""
		if q.Issuer != nil {
			issuer = *q.Issuer
		}
		identity, err := verify.NewShortCertificateIdentity(issuer, "", *q.Identity, "")
		if err != nil {
			return verify.PolicyBuilder{}, err
		}
		policy = verify.WithCertificateIdentity(identity)
	default:
		policy = verify.WithoutIdentitiesUnsafe()
	}
	switch {
	case q.Artifact != nil:
		return verify.NewPolicy(verify.WithArtifact(bytes.NewReader(*q.Artifact)), policy), nil
	case q.Digest != nil:
		digest, err := hex.DecodeString(q.Digest.Hex)
		if err != nil {
			return verify.PolicyBuilder{}, err
		}
		return verify.NewPolicy(verify.WithArtifactDigest(q.Digest.Algorithm, digest), policy), nil
	default:
		return verify.NewPolicy(verify.WithoutArtifactUnsafe(), policy), nil
	}
}
