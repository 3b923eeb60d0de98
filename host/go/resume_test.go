package cretula

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// records keeps every record, and may stop the run.
type records struct {
	kept   []Record
	stopAt int
}

func (r *records) Keep(_ context.Context, record Record) error {
	r.kept = append(r.kept, record)
	if len(r.kept) == r.stopAt {
		return errors.New("killed")
	}
	return nil
}

func (r *records) Forget(context.Context) {}

func TestARunThatWasKilledAnywhereIsTakenUpAgain(t *testing.T) {
	for _, profile := range []string{"public-v1", "public-v2", "tsa", "managed"} {
		whole := &records{}
		if _, err := newWorld(t, profile).attest(context.Background(), Job{Journal: whole}); err != nil {
			t.Fatal(err)
		}
		for stopAt := 1; stopAt <= len(whole.kept); stopAt++ {
			world := newWorld(t, profile)
			killed := &records{stopAt: stopAt}
			_, err := world.attest(context.Background(), Job{Journal: killed})
			wantFailure(t, err, CodeJournal, false)
			record, err := ParseRecord(killed.kept[stopAt-1].Encode())
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := world.resume(record)
			if err != nil {
				t.Fatalf("%s, killed at %d: %v", profile, stopAt, err)
			}
			world.verify(sealed.Bundle)
		}
	}
}

// Every place where a run waits or calls out, one after the other, is the one at which the caller gives up.
func TestAContextThatIsCancelledAtAnyStep(t *testing.T) {
	for _, profile := range []string{"public-v2", "managed"} {
		steps := 0
		for at := 1; ; at++ {
			world := newWorld(t, profile)
			ctx, cancel := context.WithCancel(context.Background())
			count := 0
			// The clock is asked before every step of the module and in every audit line.
			world.now = func() time.Time {
				count++
				if count == at {
					cancel()
				}
				return world.served.now()
			}
			sealed, err := world.attest(ctx, Job{})
			isDone := ctx.Err() == nil
			cancel()
			if isDone {
				if err != nil {
					t.Fatal(err)
				}
				world.verify(sealed.Bundle)
				steps = at - 1
				break
			}
			var failed *AttestError
			if !errors.As(err, &failed) || failed.Code() != CodeCancelled || !errors.Is(err, context.Canceled) {
				t.Fatalf("%s, at %d: %v", profile, at, err)
			}
			record, isThere := failed.Record()
			if at > 1 && !isThere {
				t.Fatalf("%s, at %d: nothing to take up", profile, at)
			}
			if !isThere {
				continue
			}
			sealed, err = world.resume(record)
			if err != nil {
				t.Fatalf("%s, cancelled at %d: %v", profile, at, err)
			}
			world.verify(sealed.Bundle)
		}
		if steps < 5 {
			t.Errorf("%s: only %d steps", profile, steps)
		}
	}
}

func TestACancelledContextEndsEveryWait(t *testing.T) {
	hang := func(ctx context.Context, honest KeySignature) (KeySignature, error) {
		<-ctx.Done()
		return honest, ctx.Err()
	}
	for name, prepare := range map[string]func(world *world) string{
		"a service that hangs": func(world *world) string { world.served.lie("Fulcio(0)", "Hang", 1000); return "public-v2" },
		"a key that hangs":     func(world *world) string { world.key.lie = hang; return "managed" },
	} {
		t.Run(name, func(t *testing.T) {
			profile := "public-v2"
			if strings.Contains(name, "key") {
				profile = "managed"
			}
			world := newWorld(t, profile)
			prepare(world)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			started := time.Now()
			_, err := world.attest(ctx, Job{})
			wantFailure(t, err, CodeCancelled, true)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) > 25*time.Second {
				t.Errorf("%v after %v", err, time.Since(started))
			}
		})
	}
	world := newWorld(t, "managed")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := world.attest(ctx, Job{})
	wantFailure(t, err, CodeCancelled, false)
}

func TestARecordOfAnotherRequestLeadsToNoBundle(t *testing.T) {
	world := newWorld(t, "managed")
	world.trust = FixedTrust(withoutLogs(t, world.served.TrustConfig))
	kept := &records{}
	other := TenantClaims{Subjects: []Subject{{Digest: map[string]string{"sha256": strings.Repeat("1", 64)}}}}
	_, err := world.attestor().Attest(
		context.Background(), world.facts(), other, Job{Mode: "m", Journal: kept}, world.signer(), world.services())
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, record := range kept.kept {
		_, err := world.resume(record)
		codes[Code(err)] = true
	}
	if len(codes) != 2 || !codes["bundle/self-verify"] || !codes["guard/subject"] {
		t.Error(codes)
	}
}

func TestAChangedRecordLeadsToNoOtherBundle(t *testing.T) {
	world := newWorld(t, "managed")
	kept := &records{}
	if _, err := world.attest(context.Background(), Job{Journal: kept}); err != nil {
		t.Fatal(err)
	}
	signatures := world.key.signatures.Load()
	for _, record := range kept.kept {
		for _, state := range [][]byte{nil, record.state[:len(record.state)/2], append(bytes.Clone(record.state), 0)} {
			_, err := world.resume(Record{state: state, signed: record.signed})
			if !strings.HasPrefix(Code(err), "state/") {
				t.Errorf("%d of %d bytes: %v", len(state), len(record.state), err)
			}
		}
	}
	if world.key.signatures.Load() != signatures {
		t.Error("something was signed")
	}
	for _, text := range []string{"", "{}", `{"schema":"cretula/run/v2","state":"","signed":[]}`, `{"schema":"cretula/run/v1","state":"","signed":[],"more":1}`} {
		if _, err := ParseRecord([]byte(text)); Code(err) != CodeJournal {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAJournalInAFileIsCompleteOrNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	journal := NewFileJournal(path)
	if _, err := journal.Read(); Code(err) != CodeJournal {
		t.Fatal(err)
	}
	world := newWorld(t, "managed-offline")
	world.key.lie = func(context.Context, KeySignature) (KeySignature, error) {
		return KeySignature{}, &KeyError{Kind: KeyUnavailable}
	}
	_, err := world.attest(context.Background(), Job{Journal: journal})
	wantFailure(t, err, "key/unavailable", true)
	record, err := journal.Read()
	if err != nil {
		t.Fatal(err)
	}
	world.key.lie = nil
	sealed, err := world.attestor().Resume(context.Background(), record, world.facts(), world.claims(),
		Job{Mode: "m", Journal: journal, Deadline: world.served.now().Add(time.Minute)}, world.signer(), world.services())
	if err != nil || !sealed.Report.Verified() {
		t.Fatal(err)
	}
	if _, err := journal.Read(); Code(err) != CodeJournal {
		t.Error("the record is still there")
	}
}

func TestTheTokenIsInNoRecordLineOrError(t *testing.T) {
	for _, lie := range []string{"", "Status(400)", "Status(401)", "Malformed", "Closed"} {
		world := newWorld(t, "public-v2")
		if lie != "" {
			world.served.lie("Fulcio(0)", lie, 1000)
		}
		var canaries [][]byte
		services := world.services()
		services.Token = TokenFunc(func(ctx context.Context) ([]byte, error) {
			token, err := world.served.token(ctx)
			canaries = append(canaries, bytes.Clone(token[bytes.LastIndexByte(token, '.')+1:]))
			return token, err
		})
		kept := &records{}
		sealed, err := world.attestor().Attest(
			context.Background(), world.facts(), world.claims(), Job{Mode: "m", Journal: kept}, nil, services)
		var shown [][]byte
		if err != nil {
			var failed *AttestError
			errors.As(err, &failed)
			shown = append(shown, []byte(err.Error()), []byte(failed.Detail()), failed.Evidence())
		} else {
			shown = append(shown, sealed.Bundle, sealed.Report.JSON())
		}
		shown = append(shown, world.audit.lines...)
		for _, record := range kept.kept {
			shown = append(shown, record.state, record.Encode())
		}
		if len(canaries) == 0 {
			t.Fatal("no token was asked for")
		}
		for _, text := range shown {
			for _, canary := range canaries {
				if bytes.Contains(text, canary) {
					t.Errorf("%s: a token in %.200s", lie, text)
				}
			}
		}
	}
}
