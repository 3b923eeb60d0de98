// Package verdicts verifies bundles under any number of policies, and remembers a bounded number of verifiers
// and of short reports.
//
// A report is a pure function of the request (verification.md §1.1), so a remembered one never grows stale:
// another trusted root, policy, bundle or artifact is another request. Errors are not remembered.
package verdicts

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	json "encoding/json/v2"
	"hash"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	cretula "cretula.example/go"
)

const (
	// A verifier keeps up to 8 instances of up to 8 MiB.
	maxVerifiers = 4
	maxReports   = 4096
	// Longer reports, which are full ones, are not remembered.
	maxReportBytes = 2 << 10
)

// Request is one verification.
type Request struct {
	// Options are what the caller trusts and demands; the runtime is that of the source.
	Options cretula.VerifierOptions
	// Call is what is verified.
	Call cretula.Call
}

type digest [sha256.Size]byte

// Source of verdicts. It may be shared between goroutines.
type Source struct {
	open func() (*cretula.Runtime, error)

	mutex     sync.Mutex
	verifiers *lru.LRU[digest, *held]
	reports   *lru.LRU[digest, cretula.Report]
}

// held is a verifier that is closed once it is forgotten and nobody uses it.
type held struct {
	verifier  *cretula.Verifier
	users     int
	forgotten bool
}

// NewSource returns a source. It opens its runtime at the first call; nil opens the one that the process
// shares.
func NewSource(open func() (*cretula.Runtime, error)) *Source {
	if open == nil {
		open = func() (*cretula.Runtime, error) { return nil, nil }
	}
	// Only sizes that are not positive are errors.
	reports, _ := lru.NewLRU[digest, cretula.Report](maxReports, nil)
	verifiers, _ := lru.NewLRU(maxVerifiers, func(_ digest, old *held) {
		old.forgotten = true
		old.closeUnused()
	})
	return &Source{open: sync.OnceValues(open), reports: reports, verifiers: verifiers}
}

// Verify returns the report of a request. Errors are those of [cretula.NewVerifier] and
// [cretula.Verifier.VerifyCall].
func (s *Source) Verify(ctx context.Context, request Request) (cretula.Report, error) {
	trust := digestOf(trustFields(request.Options))
	key := digestOf(append(callFields(request.Call), trust[:]))
	if report, ok := s.remembered(key); ok {
		return report, nil
	}
	verifier, err := s.borrow(ctx, trust, request.Options)
	if err != nil {
		return cretula.Report{}, err
	}
	defer s.giveBack(verifier)
	report, err := verifier.verifier.VerifyCall(ctx, request.Call)
	if err == nil {
		s.remember(key, report)
	}
	return report, err
}

func (s *Source) remembered(key digest) (cretula.Report, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.reports.Get(key)
}

func (s *Source) remember(key digest, report cretula.Report) {
	if len(report.JSON()) > maxReportBytes {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.reports.Add(key, report)
}

func (s *Source) borrow(ctx context.Context, trust digest, options cretula.VerifierOptions) (*held, error) {
	if found := s.use(trust, nil); found != nil {
		return found, nil
	}
	runtime, err := s.open()
	if err != nil {
		return nil, err
	}
	options.Runtime = runtime
	verifier, err := cretula.NewVerifier(ctx, options)
	if err != nil {
		return nil, err
	}
	return s.use(trust, verifier), nil
}

// use counts a user of the verifier that is known under a digest, or of the one that was made for it.
func (s *Source) use(trust digest, made *cretula.Verifier) *held {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, ok := s.verifiers.Get(trust)
	if !ok {
		if made == nil {
			return nil
		}
		found = &held{verifier: made}
		s.verifiers.Add(trust, found)
	}
	found.users++
	return found
}

func (s *Source) giveBack(used *held) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	used.users--
	used.closeUnused()
}

func (h *held) closeUnused() {
	if h.forgotten && h.users == 0 {
		h.verifier.Close(context.Background())
	}
}

func trustFields(options cretula.VerifierOptions) [][]byte {
	fields := [][]byte{options.Policy, written(options.Keys), written(options.Short)}
	return append(fields, options.Roots...)
}

func callFields(call cretula.Call) [][]byte {
	fields := [][]byte{call.Bundle, []byte(call.Container)}
	fields = append(fields, written(call.Artifacts), written(call.Now), written(call.Limits))
	return append(fields, call.Blobs...)
}

// written is one text for one value.
func written(value any) []byte {
	// Structs of texts, bytes, numbers and times: none that JSON cannot hold but years above 9999, and those are
	// distinct from all that it can.
	text, _ := json.Marshal(value, json.Deterministic(true))
	return text
}

func digestOf(fields [][]byte) digest {
	sum := sha256.New()
	for _, field := range fields {
		putField(sum, field)
	}
	return digest(sum.Sum(nil))
}

// putField writes the length before the content, so that no two lists of fields are one stream.
func putField(sum hash.Hash, field []byte) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(field)))
	// Hashes take everything.
	_, _ = sum.Write(length[:])
	_, _ = sum.Write(field)
}
