package cretula

import (
	"context"
	"crypto"
	"encoding/json/jsontext"
	"math/rand/v2"
	"time"
)

// run is one run: steps of the module, and what the host does for each.
type run struct {
	attestor *Attestor
	job      Job
	mode     hostMode
	claims   TenantClaims
	facts    object
	request  []byte
	trust    jsontext.Value

	callerSigner crypto.Signer
	keys         map[string]*openKey
	signed       []signedMessage

	services Services
	allowed  allowList
	token    []byte

	// record is what was kept last; nil before the first action.
	record *Record
}

// begin goes from the request to the end.
func (r *run) begin(ctx context.Context) (*Sealed, error) {
	if err := r.useTrust(r.trust); err != nil {
		return nil, err
	}
	return r.drive(ctx, timedCall("begin", 2, r.now(), r.request))
}

// resume goes from a record to the end, and looks once more at what comes out.
func (r *run) resume(ctx context.Context, record Record) (*Sealed, error) {
	if err := r.useTrust(r.trust); err != nil {
		return nil, err
	}
	r.signed, r.record = record.signed, &record
	again, err := againReply(r.job.Deadline).encode()
	if err != nil {
		return nil, err
	}
	sealed, err := r.drive(ctx, timedCall("resume", 2, r.now(), record.state, again))
	if err != nil {
		return nil, err
	}
	if err := r.lookAgain(ctx, sealed.Bundle); err != nil {
		return nil, err
	}
	return sealed, nil
}

// statement builds the statement alone.
func (r *run) statement(ctx context.Context) ([]byte, error) {
	replies, err := r.attestor.runtime.fresh(ctx, timedCall("statement", 1, r.now(), r.request))
	document, err := orFailure(first(replies), err)
	if err != nil {
		return nil, asAttestError(err)
	}
	var built struct {
		Schema    string `json:"schema"`
		Statement []byte `json:"statement"`
	}
	if unmarshal(document, &built) != nil || built.Schema != "cretula/statement/v1" {
		return nil, hostError(CodeSandbox, "not a statement of the contract")
	}
	return built.Statement, nil
}

func first(replies [][]byte) []byte {
	if len(replies) == 0 {
		return nil
	}
	return replies[0]
}

// drive runs steps until the module is done. Whatever ends it before leaves the last record in the error.
func (r *run) drive(ctx context.Context, next call) (*Sealed, error) {
	for {
		replies, err := r.attestor.runtime.fresh(ctx, next)
		if err != nil {
			return nil, r.interrupted(ctx, err)
		}
		state := replies[0]
		action, err := parseAction(replies[1])
		if err != nil {
			return nil, r.interrupted(ctx, err)
		}
		switch action.Type {
		case "done":
			r.forget(ctx)
			return finished(action)
		case "failed":
			return nil, r.failed(ctx, state, action)
		}
		if err := r.keep(ctx, state); err != nil {
			return nil, err
		}
		reply, err := r.perform(ctx, action, state)
		if err != nil {
			return nil, r.interrupted(ctx, err)
		}
		document, err := reply.encode()
		if err != nil {
			return nil, r.interrupted(ctx, err)
		}
		next = timedCall("resume", 2, r.now(), state, document)
	}
}

func finished(action action) (*Sealed, error) {
	report, err := readReply(action.Report)
	if err != nil || !report.Verified() {
		return nil, hostError(CodeSandbox, "the finished bundle has no report that verifies it")
	}
	return &Sealed{Bundle: action.Bundle, Report: report, Evidence: action.Evidence}, nil
}

// failed ends a run as the module says.
func (r *run) failed(ctx context.Context, state []byte, action action) error {
	ended := &AttestError{
		code: action.Error.Code, path: action.Error.Path, detail: action.Error.Detail,
		resumable: action.Resumable, evidence: action.Evidence,
	}
	if !action.Resumable {
		r.forget(ctx)
		return ended
	}
	if err := r.keep(ctx, state); err != nil {
		return err
	}
	ended.record = r.record
	return ended
}

// interrupted ends a run for a reason of the host. One that was cancelled, or that lacks a token, can be
// taken up again.
func (r *run) interrupted(ctx context.Context, err error) error {
	ended := asAttestError(err)
	if ctx.Err() != nil && ended.code != CodeAudit {
		ended = &AttestError{code: CodeCancelled, detail: ctx.Err().Error(), wrapped: ctx.Err()}
	}
	if r.record != nil && (ended.code == CodeCancelled || ended.code == CodeToken) {
		ended.resumable, ended.record = true, r.record
	}
	return ended
}

func (r *run) perform(ctx context.Context, action action, state []byte) (object, error) {
	switch action.Type {
	case "need-key":
		if err := r.wait(ctx, action.DelayMS, 0); err != nil {
			return object{}, err
		}
		key, err := r.open(ctx, action.Key, action.Algorithm)
		if err != nil {
			return keyFailure(ctx, action.ID, err)
		}
		return keyReply(action.ID, key.description), nil
	case "need-signature":
		if err := r.wait(ctx, action.DelayMS, 0); err != nil {
			return object{}, err
		}
		signature, err := r.sign(ctx, action.Key, action.Message)
		if err != nil {
			return keyFailure(ctx, action.ID, err)
		}
		// What was signed is on record before the signature is used.
		if err := r.keep(ctx, state); err != nil {
			return object{}, err
		}
		return signatureReply(action.ID, signature), nil
	case "need-exchange":
		if err := r.fillToken(ctx, action.Requests); err != nil {
			return object{}, err
		}
		replies, err := r.exchange(ctx, action.Requests)
		return exchangeReply(action.ID, replies), err
	}
	return r.refresh(ctx, action.ID)
}

// refresh gets a trust configuration in place of one that is out of date.
func (r *run) refresh(ctx context.Context, id uint64) (object, error) {
	trust, err := r.attestor.trust.Current(ctx, r.trust)
	if ctx.Err() != nil {
		return object{}, cancelled(ctx)
	}
	if err != nil {
		return configReply(id, nil), nil
	}
	if !isOneValue(trust) {
		return object{}, hostError("config/format", "the fresh trust configuration is not JSON")
	}
	if err := r.useTrust(trust); err != nil {
		return object{}, err
	}
	return configReply(id, trust), nil
}

// useTrust reads from a trust configuration which services may be called; a profile that needs none may call
// none.
func (r *run) useTrust(trust jsontext.Value) error {
	r.trust = trust
	if r.mode.Profile == "managed-offline" {
		r.allowed = allowList{}
		return nil
	}
	allowed, err := readAllowList(trust, r.services.AllowLoopbackHTTP)
	if err != nil {
		return err
	}
	r.allowed = allowed
	return nil
}

// wait waits so long, and up to half of it more, so that not all callers come back at once.
func (r *run) wait(ctx context.Context, delayMS uint32, most time.Duration) error {
	if delayMS == 0 {
		return nil
	}
	delay := milliseconds(delayMS)
	delay += rand.N(delay/2 + 1)
	if most > 0 {
		delay = min(delay, most)
	}
	if err := r.attestor.clock.sleep(ctx, delay); err != nil {
		return cancelled(ctx)
	}
	return nil
}

// keep puts the run on record before its next action.
func (r *run) keep(ctx context.Context, state []byte) error {
	record := Record{state: state, signed: append([]signedMessage(nil), r.signed...)}
	r.record = &record
	if r.job.Journal == nil {
		return nil
	}
	// Above all what was signed is written down, even for a caller who has given up.
	if err := r.job.Journal.Keep(context.WithoutCancel(ctx), record); err != nil {
		return &AttestError{code: CodeJournal, detail: clip(err.Error()), wrapped: err}
	}
	return nil
}

func (r *run) forget(ctx context.Context) {
	if r.job.Journal != nil {
		r.job.Journal.Forget(context.WithoutCancel(ctx))
	}
}

func (r *run) now() uint64 { return seconds(r.attestor.clock.now()) }
