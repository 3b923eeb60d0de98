package cretula

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// openKey is a key of one run.
type openKey struct {
	signer      crypto.Signer
	description KeyDescription
	purpose     string
}

const (
	purposeAttestation = "attestation"
	purposeCA          = "ca"
	purposeEphemeral   = "ephemeral"
)

// open describes a key that the mode grants, and no other: unknown names and names that are not granted look
// the same. A new ephemeral key takes the place of the one before.
func (r *run) open(ctx context.Context, name, algorithm string) (*openKey, error) {
	delete(r.keys, name)
	key := &openKey{}
	switch {
	case name == ephemeralKey && r.mode.hasCertificate():
		made, err := makeEphemeral(algorithm)
		if err != nil {
			return nil, err
		}
		key.signer, key.purpose = made, purposeEphemeral
	case name != ephemeralKey && name == r.mode.signerName() && r.callerSigner != nil:
		key.signer, key.purpose = r.callerSigner, purposeAttestation
		if r.mode.Profile == "private-ca" {
			key.purpose = purposeCA
		}
	default:
		return nil, &KeyError{Kind: KeyDenied, Detail: "no such key, or not for this request"}
	}
	description, err := within(ctx, r, func(ctx context.Context) (KeyDescription, error) {
		return describe(ctx, key.signer)
	})
	if err != nil {
		return nil, err
	}
	if description.ID == "" {
		description.ID = name
	}
	key.description = description
	r.keys[name] = key
	return key, nil
}

// makeEphemeral makes a key for one bundle: P-256 unless P-384 is asked for, the two that Fulcio takes.
func makeEphemeral(algorithm string) (crypto.Signer, error) {
	curve := elliptic.P256()
	switch algorithm {
	case "", "PKIX_ECDSA_P256_SHA_256":
	case "PKIX_ECDSA_P384_SHA_384":
		curve = elliptic.P384()
	default:
		return nil, &KeyError{Kind: KeyOther, Detail: "a key for one bundle is P-256 or P-384"}
	}
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return nil, &KeyError{Kind: KeyOther, Detail: "no key could be made"}
	}
	return key, nil
}

// sign is the one place of this package that signs: guard, audit line, signature, in this order. A [KeyError]
// is the module's to judge; any other error ends the run.
func (r *run) sign(ctx context.Context, name string, message []byte) (KeySignature, error) {
	key := r.keys[name]
	if key == nil {
		// A key that was made for one bundle did not survive the end of the process: another one is needed.
		if name == ephemeralKey && r.mode.hasCertificate() {
			return KeySignature{}, &KeyError{Kind: KeyWrongVersion, Detail: "the key of this bundle is gone"}
		}
		opened, err := r.open(ctx, name, "")
		if err != nil {
			return KeySignature{}, err
		}
		key = opened
	}
	// Neither did the key that an authority is asked to certify: the run begins again with another one.
	if key.purpose == purposeCA && r.keys[ephemeralKey] == nil {
		return KeySignature{}, &KeyError{Kind: KeyWrongVersion, Detail: "the key to certify is gone"}
	}
	verdict, err := r.guard(ctx, name, key, message)
	if err != nil {
		refused := asAttestError(err)
		if written := r.write(ctx, key, guardVerdict{Kind: "unknown"}, refused.code); written != nil {
			return KeySignature{}, written
		}
		return KeySignature{}, refused
	}
	if err := r.write(ctx, key, verdict, ""); err != nil {
		return KeySignature{}, err
	}
	// Nothing is asked of a key for a caller who has given up.
	if ctx.Err() != nil {
		return KeySignature{}, cancelled(ctx)
	}
	signature, err := within(ctx, r, func(ctx context.Context) (KeySignature, error) {
		return signWith(ctx, key, GuardedMessage{message})
	})
	if err != nil {
		return KeySignature{}, err
	}
	r.signed = append(r.signed, signedMessage{Kind: verdict.Kind, SHA256: verdict.MessageSHA256, Key: verdict.Key})
	return signature, nil
}

func signWith(ctx context.Context, key *openKey, message GuardedMessage) (KeySignature, error) {
	if guarded, ok := key.signer.(SigningKey); ok {
		return guarded.SignGuarded(ctx, message)
	}
	_, encoding, err := algorithmOf(key.signer.Public())
	if err != nil {
		return KeySignature{}, err
	}
	options := algorithmOptions[key.description.Algorithm]
	if options == nil {
		return KeySignature{}, &KeyError{Kind: KeyOther, Detail: "the algorithm of the key does not sign here"}
	}
	signature, err := crypto.SignMessage(key.signer, rand.Reader, message.bytes, options)
	return KeySignature{Bytes: signature, Encoding: encoding}, err
}

// within runs one call of a key with a time limit. A crypto.Signer knows no context: one that does not come
// back is left behind, and what it says later is not heard.
func within[T any](ctx context.Context, r *run, work func(ctx context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	inside, stop := context.WithTimeout(ctx, r.attestor.keyTimeout)
	defer stop()
	done := make(chan outcome, 1)
	go func() {
		var ended outcome
		defer func() {
			if fault := recover(); fault != nil {
				ended.err = &KeyError{Kind: KeyOther, Detail: fmt.Sprintf("the signer panicked (%T)", fault)}
			}
			done <- ended
		}()
		ended.value, ended.err = work(inside)
	}()
	var nothing T
	select {
	case ended := <-done:
		if ended.err == nil {
			return ended.value, nil
		}
		if ctx.Err() != nil {
			return nothing, cancelled(ctx)
		}
		return nothing, asKeyError(ended.err)
	case <-inside.Done():
		if ctx.Err() != nil {
			return nothing, cancelled(ctx)
		}
		return nothing, &KeyError{Kind: KeyTimedOut, Detail: "no answer in time"}
	}
}

// asKeyError gives any error of a signer a kind.
func asKeyError(err error) error {
	var known *KeyError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.DeadlineExceeded):
		return &KeyError{Kind: KeyTimedOut, Detail: "no answer in time"}
	}
	return &KeyError{Kind: KeyOther, Detail: clip(err.Error())}
}

// keyFailure tells the module of a [KeyError]; any other error ends the run.
func keyFailure(ctx context.Context, id uint64, err error) (object, error) {
	var failed *KeyError
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return object{}, err
	}
	return keyErrorReply(id, failed), nil
}

func (r *run) write(ctx context.Context, key *openKey, verdict guardVerdict, code string) error {
	event := AuditEvent{
		Time: r.attestor.clock.now(), RequestID: r.job.RequestID, Caller: r.job.Caller, Mode: r.job.Mode,
		KeyID: key.description.ID, KeyVersion: key.description.Version, Kind: verdict.Kind,
		PayloadSHA256: verdict.PayloadSHA256, PredicateType: verdict.PredicateType, Subjects: verdict.Subjects,
		BuilderID: verdict.BuilderID, Allowed: code == "", Code: code, ModuleSHA256: r.attestor.module,
	}
	// A decision is written down even for a caller who has given up.
	if err := r.attestor.audit.Append(context.WithoutCancel(ctx), event); err != nil {
		return &AttestError{code: CodeAudit, detail: clip(err.Error()), wrapped: err}
	}
	return nil
}

func hexSHA256(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
