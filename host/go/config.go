package cretula

import (
	"context"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"strings"
)

// hostConfig is the host's own configuration: the document for the module, and the few members that Go acts
// on. All else of it is read by the module alone.
type hostConfig struct {
	document jsontext.Value
	modes    map[string]hostMode
	issuers  []hostIssuer
}

type hostMode struct {
	Key      string        `json:"key"`
	CAKey    string        `json:"caKey"`
	Profile  string        `json:"profile"`
	Issuer   string        `json:"issuer"`
	KeyID    string        `json:"keyId"`
	Identity *hostIdentity `json:"identity"`
	Chain    bool          `json:"allowChain"`
}

type hostIdentity struct {
	SAN    string `json:"san"`
	Issuer string `json:"issuer"`
}

type hostIssuer struct {
	Issuer   string `json:"issuer"`
	Provider string `json:"provider"`
	Server   string `json:"server"`
}

// ephemeralKey is the name of the key that is made for one bundle.
const ephemeralKey = "ephemeral"

func (m hostMode) usesFulcio() bool {
	return m.Profile == "public-v1" || m.Profile == "public-v2" || m.Profile == "tsa"
}

func (m hostMode) hasCertificate() bool { return m.usesFulcio() || m.Profile == "private-ca" }

// signerName is the name under which the caller's signer is known to the module; "" if the mode needs none.
func (m hostMode) signerName() string {
	switch {
	case m.usesFulcio():
		return ""
	case m.Profile == "private-ca":
		return m.CAKey
	}
	return m.Key
}

// readConfig has the module check a configuration.
func readConfig(ctx context.Context, runtime *Runtime, text []byte) (hostConfig, error) {
	// Members of the document are kept as they are written: the module judges them.
	var members map[string]jsontext.Value
	if err := json.Unmarshal(text, &members); err != nil {
		return hostConfig{}, &AttestError{code: syntaxCode(err), path: "/config", detail: "expected a configuration"}
	}
	delete(members, "keys")
	document, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return hostConfig{}, hostError("input/syntax", "the configuration cannot be written again")
	}
	if err := checkConfig(ctx, runtime, document); err != nil {
		return hostConfig{}, err
	}
	config := hostConfig{document: document}
	var known struct {
		Modes   map[string]hostMode `json:"modes"`
		Issuers []hostIssuer        `json:"issuers"`
	}
	if err := json.Unmarshal(document, &known); err != nil {
		return hostConfig{}, &AttestError{code: "input/type", path: "/config", detail: "expected modes and issuers"}
	}
	config.modes, config.issuers = known.Modes, known.Issuers
	return config, nil
}

// checkConfig puts the configuration into an authorisation that lacks everything after it: the guard reads
// members in their order, so a good configuration is one of which it does not complain.
func checkConfig(ctx context.Context, runtime *Runtime, document jsontext.Value) error {
	authorisation, err := object{}.
		text("schema", authorisationSchema).text("mode", "").raw("config", document).encode()
	if err != nil {
		return err
	}
	reply, err := single(ctx, runtime, bytesCall("guard", authorisation, nil))
	if err != nil {
		return asAttestError(err)
	}
	var failed *Failure
	if !errors.As(readFailure(reply), &failed) {
		return hostError(CodeSandbox, "the guard let an empty message pass")
	}
	if failed.path == "/config" || strings.HasPrefix(failed.path, "/config/") {
		return asAttestError(failed)
	}
	return nil
}
