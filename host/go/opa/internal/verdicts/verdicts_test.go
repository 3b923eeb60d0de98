package verdicts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/demo"
)

func demoRequest(t testing.TB) Request {
	algorithm, hex, _ := strings.Cut(demo.Artifact(t), ":")
	return Request{
		Options: cretula.VerifierOptions{Policy: []byte(demo.Policy), Roots: [][]byte{[]byte(demo.Root(t))}, Short: true},
		Call: cretula.Call{
			Bundle: []byte(demo.Bundle(t)), Artifacts: []cretula.Artifact{{Digests: map[string]string{algorithm: hex}}},
		},
	}
}

// withPolicy demands a signer that nobody is; each number is another policy.
func withPolicy(request Request, n int) Request {
	request.Options.Policy = fmt.Appendf(nil, `{"schema":"cretula/policy/v1","signers":{"certificate":{`+
		`"issuer":"https://issuer.example","san":"nobody %d"}}}`, n)
	return request
}

func TestTheSameRequestIsAnsweredOnce(t *testing.T) {
	source := NewSource(demo.Patient)
	ctx := context.Background()
	first, err := source.Verify(ctx, demoRequest(t))
	if err != nil || !first.Verified() {
		t.Fatalf("%v %s", err, first.JSON())
	}
	// A remembered report needs no call, so not even a context that has ended matters.
	ended, stop := context.WithCancel(ctx)
	stop()
	again, err := source.Verify(ended, demoRequest(t))
	if err != nil || string(again.JSON()) != string(first.JSON()) {
		t.Fatalf("%v %s", err, again.JSON())
	}
	if source.reports.Len() != 1 || source.verifiers.Len() != 1 {
		t.Error(source.reports.Len(), source.verifiers.Len())
	}
}

func TestAnotherRequestIsAnsweredAnew(t *testing.T) {
	source := NewSource(demo.Patient)
	ctx := context.Background()
	for name, change := range map[string]func(*Request){
		"policy":    func(r *Request) { *r = withPolicy(*r, 1) },
		"root":      func(r *Request) { r.Options.Roots = [][]byte{[]byte("{}")} },
		"bundle":    func(r *Request) { r.Call.Bundle = []byte("{}") },
		"artifact":  func(r *Request) { r.Call.Artifacts = []cretula.Artifact{{Bytes: []byte("other")}} },
		"no digest": func(r *Request) { r.Call.Artifacts = nil },
		"limits":    func(r *Request) { r.Call.Limits = map[string]uint64{"bundle-bytes": 10} },
	} {
		if report, err := source.Verify(ctx, demoRequest(t)); err != nil || !report.Verified() {
			t.Fatal(err)
		}
		request := demoRequest(t)
		change(&request)
		if report, err := source.Verify(ctx, request); report.Verified() {
			t.Errorf("%s: the report of another request: %v %s", name, err, report.JSON())
		}
	}
	fields := func(texts ...string) (fields [][]byte) {
		for _, text := range texts {
			fields = append(fields, []byte(text))
		}
		return fields
	}
	if digestOf(fields("ab", "c")) == digestOf(fields("a", "bc")) || digestOf(fields("a", "")) == digestOf(fields("a")) {
		t.Error("two requests have one digest")
	}
}

func TestErrorsAreNotRemembered(t *testing.T) {
	source := NewSource(demo.Patient)
	ended, stop := context.WithCancel(context.Background())
	stop()
	if report, err := source.Verify(ended, demoRequest(t)); cretula.Code(err) != cretula.CodeSandbox || report.Verified() {
		t.Fatal(err)
	}
	wrong := demoRequest(t)
	wrong.Options.Policy = []byte("{}")
	if _, err := source.Verify(context.Background(), wrong); err == nil {
		t.Error("a policy without a schema was read")
	}
	if source.reports.Len() != 0 || source.verifiers.Len() != 0 {
		t.Error("an error was remembered")
	}
	if report, err := source.Verify(context.Background(), demoRequest(t)); err != nil || !report.Verified() {
		t.Errorf("%v %s", err, report.JSON())
	}
}

func TestARuntimeThatCannotBeOpened(t *testing.T) {
	closed := errors.New("no module")
	source := NewSource(func() (*cretula.Runtime, error) { return nil, closed })
	for range 2 {
		if report, err := source.Verify(context.Background(), demoRequest(t)); !errors.Is(err, closed) || report.Verified() {
			t.Error(err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	source := NewSource(demo.Patient)
	ctx := context.Background()
	for n := range maxVerifiers + 2 {
		report, err := source.Verify(ctx, withPolicy(demoRequest(t), n))
		if err != nil || report.Code() != "identity/san" {
			t.Fatalf("%v %s", err, report.JSON())
		}
	}
	if source.verifiers.Len() != maxVerifiers {
		t.Error(source.verifiers.Len())
	}
	full := demoRequest(t)
	full.Options.Short = false
	before := source.reports.Len()
	report, err := source.Verify(ctx, full)
	if err != nil || !report.Verified() || len(report.JSON()) <= maxReportBytes || source.reports.Len() != before {
		t.Errorf("%v: %d bytes, %d reports", err, len(report.JSON()), source.reports.Len())
	}
	for n := range maxReports + 10 {
		source.remember(digestOf([][]byte{fmt.Append(nil, n)}), report)
		source.remember(digestOf([][]byte{fmt.Append(nil, n)}), cretula.Report{})
	}
	if source.reports.Len() != maxReports {
		t.Error(source.reports.Len())
	}
}

// More policies than verifiers are kept, by callers at once: each gets the report of its own policy, and
// verifiers that were forgotten while they were used are closed by their last user.
func TestCallersAtOnce(t *testing.T) {
	source := NewSource(demo.Patient)
	var group sync.WaitGroup
	for caller := range 4 {
		group.Go(func() {
			for n := range maxVerifiers + 2 {
				number := (n + caller) % (maxVerifiers + 2)
				request, want := withPolicy(demoRequest(t), number), cretula.Refused
				if number == 0 {
					request, want = demoRequest(t), cretula.Verified
				}
				report, err := source.Verify(context.Background(), request)
				if err != nil || report.Verdict() != want {
					t.Errorf("%v %s", err, report.JSON())
				}
			}
		})
	}
	group.Wait()
	for _, key := range source.verifiers.Keys() {
		if held, _ := source.verifiers.Get(key); held.users != 0 || held.forgotten {
			t.Error(held.users, held.forgotten)
		}
	}
}
