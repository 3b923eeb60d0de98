package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	json "encoding/json/v2"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	cretula "cretula.example/go"
)

const maxReplyBytes = 1 << 20

// transitKey is a P-256 key in the transit engine of OpenBao: its private half never leaves there. It
// implements cretula.SigningKey, so only messages that passed the guard reach the engine.
type transitKey struct {
	client      *http.Client
	address     string
	token       string
	mount, name string
	public      *ecdsa.PublicKey
	fingerprint string
}

func openTransit(ctx context.Context, address, token, mount, name string) (*transitKey, error) {
	if address == "" || token == "" {
		return nil, errors.New("BAO_ADDR and BAO_TOKEN are needed")
	}
	key := &transitKey{
		client: &http.Client{
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		address: strings.TrimSuffix(address, "/"), token: token, mount: mount, name: name,
	}
	description, err := key.Describe(ctx)
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(description.PublicKey)
	if err != nil {
		return nil, err
	}
	// Describe accepts no other type.
	key.public = public.(*ecdsa.PublicKey)
	key.fingerprint, err = fingerprint(key.public)
	return key, err
}

// Public implements crypto.Signer.
func (k *transitKey) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer, and refuses: the engine signs guarded messages only.
func (k *transitKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this key signs what the guard let pass, and nothing else")
}

// Describe reads type, version and public half of the key.
func (k *transitKey) Describe(ctx context.Context) (cretula.KeyDescription, error) {
	var reply struct {
		Data struct {
			Type   string `json:"type"`
			Latest int    `json:"latest_version"`
			Keys   map[string]struct {
				PublicKey string `json:"public_key"`
			} `json:"keys"`
		} `json:"data"`
	}
	if err := k.ask(ctx, http.MethodGet, "keys", nil, &reply); err != nil {
		return cretula.KeyDescription{}, err
	}
	version := strconv.Itoa(reply.Data.Latest)
	block, _ := pem.Decode([]byte(reply.Data.Keys[version].PublicKey))
	if reply.Data.Type != "ecdsa-p256" || block == nil {
		return cretula.KeyDescription{}, &cretula.KeyError{Kind: cretula.KeyOther, Detail: "the example takes keys of type ecdsa-p256"}
	}
	return cretula.KeyDescription{
		PublicKey: block.Bytes, Algorithm: "PKIX_ECDSA_P256_SHA_256", ID: "transit:" + k.mount + "/" + k.name, Version: version,
	}, nil
}

// SignGuarded has the engine hash and sign the message.
func (k *transitKey) SignGuarded(ctx context.Context, message cretula.GuardedMessage) (cretula.KeySignature, error) {
	var reply struct {
		Data struct {
			Signature string `json:"signature"`
		} `json:"data"`
	}
	request := map[string]any{
		"input": base64.StdEncoding.EncodeToString(message.Bytes()), "prehashed": false, "hash_algorithm": "sha2-256",
		"marshaling_algorithm": "asn1",
	}
	if err := k.ask(ctx, http.MethodPost, "sign", request, &reply); err != nil {
		return cretula.KeySignature{}, err
	}
	// vault:vN:BASE64, where N is the version that signed.
	parts := strings.Split(reply.Data.Signature, ":")
	malformed := &cretula.KeyError{Kind: cretula.KeyOther, Detail: "not a signature of the transit engine"}
	if len(parts) != 3 || parts[0] != "vault" {
		return cretula.KeySignature{}, malformed
	}
	version, isVersion := strings.CutPrefix(parts[1], "v")
	signature, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || !isVersion {
		return cretula.KeySignature{}, malformed
	}
	return cretula.KeySignature{Bytes: signature, Encoding: "der", Version: version}, nil
}

// ask sends one request to the engine. Its errors hold no text of the server, which may repeat what it got.
func (k *transitKey) ask(ctx context.Context, method, what string, request, reply any) error {
	var body []byte
	if request != nil {
		text, err := json.Marshal(request)
		if err != nil {
			return err
		}
		body = text
	}
	place := fmt.Sprintf("%s/v1/%s/%s/%s", k.address, url.PathEscape(k.mount), what, url.PathEscape(k.name))
	sent, err := http.NewRequestWithContext(ctx, method, place, bytes.NewReader(body))
	if err != nil {
		return &cretula.KeyError{Kind: cretula.KeyOther, Detail: "the address of the key is none"}
	}
	sent.Header.Set("X-Vault-Token", k.token)
	received, err := k.client.Do(sent)
	if err != nil {
		return &cretula.KeyError{Kind: cretula.KeyUnavailable, Detail: "OpenBao is not reached"}
	}
	defer received.Body.Close()
	text, err := io.ReadAll(io.LimitReader(received.Body, maxReplyBytes))
	switch code := received.StatusCode; {
	case err != nil || code >= 500:
		return &cretula.KeyError{Kind: cretula.KeyUnavailable, Detail: "OpenBao does not answer"}
	case code == http.StatusTooManyRequests:
		return &cretula.KeyError{Kind: cretula.KeyThrottled, Detail: "OpenBao asks to come back later"}
	case code == http.StatusForbidden, code == http.StatusNotFound:
		return &cretula.KeyError{Kind: cretula.KeyDenied, Detail: "OpenBao denies the key"}
	case code != http.StatusOK:
		return &cretula.KeyError{Kind: cretula.KeyOther, Detail: "OpenBao answers " + strconv.Itoa(code)}
	case json.Unmarshal(text, reply) != nil:
		return &cretula.KeyError{Kind: cretula.KeyOther, Detail: "OpenBao answers something else"}
	}
	return nil
}

func (k *transitKey) writePublicKey(path string) error {
	spki, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), 0o644)
}

// fingerprint is the id by which cosign and sigstore-go look for a key: that of OpenSSH (RFC 5656 §3.1, RFC
// 4253 §6.6).
func fingerprint(key *ecdsa.PublicKey) (string, error) {
	point, err := key.Bytes()
	if err != nil {
		return "", err
	}
	var wire []byte
	for _, part := range [][]byte{[]byte("ecdsa-sha2-nistp256"), []byte("nistp256"), point} {
		wire = binary.BigEndian.AppendUint32(wire, uint32(len(part)))
		wire = append(wire, part...)
	}
	digest := sha256.Sum256(wire)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(digest[:]), nil
}
