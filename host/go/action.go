package cretula

import (
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"math"
	"time"
)

// action is a cretula/action/v1 document: what the module asks the host to do.
type action struct {
	Schema string `json:"schema"`
	ID     uint64 `json:"id"`
	Type   string `json:"type"`

	Reason    string            `json:"reason"`
	Key       string            `json:"key"`
	Algorithm string            `json:"algorithm"`
	Message   []byte            `json:"message"`
	DelayMS   uint32            `json:"delayMs"`
	Requests  []exchangeRequest `json:"requests"`

	Bundle    []byte         `json:"bundle"`
	Report    jsontext.Value `json:"report"`
	Evidence  jsontext.Value `json:"evidence"`
	Resumable bool           `json:"resumable"`
	Error     struct {
		Code   string `json:"code"`
		Path   string `json:"path"`
		Detail string `json:"detail"`
	} `json:"error"`
}

type exchangeRequest struct {
	Service         string `json:"service"`
	ServiceURL      string `json:"serviceUrl"`
	MajorAPIVersion uint64 `json:"majorApiVersion"`
	Method          string `json:"method"`
	URL             string `json:"url"`
	Headers         struct {
		ContentType string `json:"content-type"`
		Accept      string `json:"accept"`
	} `json:"headers"`
	Body      []byte `json:"body"`
	Auth      string `json:"auth"`
	TimeoutMS uint32 `json:"timeoutMs"`
	DelayMS   uint32 `json:"delayMs"`
}

const (
	// Most requests of one action.
	maxRequests = 64
	authToken   = "fulcio-token"
)

func (r exchangeRequest) withToken() bool { return r.Auth == authToken }

func (r exchangeRequest) timeout() time.Duration { return milliseconds(r.TimeoutMS) }

func milliseconds(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }

func unmarshal(document []byte, into any) error {
	return json.Unmarshal(document, into)
}

// parseAction reads an action. The module is ours; anything else is a failure of the sandbox.
func parseAction(document []byte) (action, error) {
	unreadable := &SandboxError{Cause: CauseReply, Detail: "not an action of the contract"}
	var found action
	err := json.Unmarshal(document, &found, json.RejectUnknownMembers(true))
	if err != nil || found.Schema != "cretula/action/v1" || found.ID > 1<<53 || len(found.Requests) > maxRequests {
		return action{}, unreadable
	}
	var fits bool
	switch found.Type {
	case "need-config":
		fits = true
	case "need-key":
		fits = found.Key != ""
	case "need-signature":
		fits = found.Key != "" && len(found.Message) > 0
	case "need-exchange":
		fits = len(found.Requests) > 0
	case "done":
		fits = len(found.Bundle) > 0 && found.Report != nil
	case "failed":
		fits = found.Error.Code != ""
	}
	if !fits || found.DelayMS > math.MaxInt32 {
		return action{}, unreadable
	}
	return found, nil
}
