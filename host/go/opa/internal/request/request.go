// Package request reads what a policy or a webhook asks: a decoded JSON document, strictly.
//
// Its members are those of cretula/verify-request/v1 without the base64: a document is a text or a value, an
// artifact a text "sha256:HEX" or one of the forms of that document. Reports are short unless it asks for
// full ones.
package request

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/verdicts"
)

// Error is a request that cannot be read; its code is one of docs/codes.md.
type Error struct{ code, path, detail string }

// Code returns the stable code: input/type, input/missing, input/unknown-member, input/base64, input/digest
// or input/number.
func (e *Error) Code() string { return e.code }

// Path returns the RFC 6901 pointer to the place in the request.
func (e *Error) Path() string { return e.path }

func (e *Error) Error() string { return fmt.Sprintf("%s at %s: %s", e.code, e.path, e.detail) }

// Read reads a request from a decoded document, whose numbers are of the type [json.Number].
//
// The error is an [Error] with the place of the first fault.
func Read(document any) (verdicts.Request, error) {
	var read reader
	request := read.request(document)
	return request, read.err
}

// reader reads the members of a request and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(code, path, detail string) {
	if r.err == nil {
		r.err = &Error{code: code, path: path, detail: detail}
	}
}

func (r *reader) request(value any) verdicts.Request {
	var request verdicts.Request
	options, call := &request.Options, &request.Call
	options.Short = true
	r.members("", value, []string{"bundle", "policy"}, map[string]func(path string, value any){
		"bundle":    func(path string, value any) { call.Bundle = r.document(path, value) },
		"policy":    func(path string, value any) { options.Policy = r.document(path, value) },
		"roots":     func(path string, value any) { options.Roots = each(r, path, value, r.document) },
		"keys":      func(path string, value any) { options.Keys = each(r, path, value, r.key) },
		"artifacts": func(path string, value any) { call.Artifacts = each(r, path, value, r.artifact) },
		"container": func(path string, value any) { call.Container = r.text(path, value) },
		"blobs":     func(path string, value any) { call.Blobs = each(r, path, value, r.bytes) },
		"report":    func(path string, value any) { options.Short = r.isShort(path, value) },
		"now":       func(path string, value any) { call.Now = time.Unix(int64(r.number(path, value)), 0) },
		"limits":    func(path string, value any) { call.Limits = r.limits(path, value) },
	})
	return request
}

// members reads an object: each member by its reader, no other member, and those that are required.
func (r *reader) members(path string, value any, required []string, readers map[string]func(string, any)) {
	object := r.object(path, value)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		read, known := readers[name]
		if !known {
			r.fail("input/unknown-member", path+"/"+shown(name), "expected one that the request has")
			return
		}
		read(path+"/"+name, object[name])
	}
	for _, name := range required {
		if _, found := object[name]; !found {
			r.fail("input/missing", path+"/"+name, "the member is required")
		}
	}
}

func (r *reader) object(path string, value any) map[string]any {
	object, ok := value.(map[string]any)
	if !ok {
		r.fail("input/type", path, "expected an object")
	}
	return object
}

func (r *reader) text(path string, value any) string {
	text, ok := value.(string)
	if !ok {
		r.fail("input/type", path, "expected text")
	}
	return text
}

func (r *reader) number(path string, value any) uint64 {
	number, ok := value.(json.Number)
	if !ok {
		r.fail("input/type", path, "expected a number")
		return 0
	}
	// 63 bits, as in the module.
	read, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || read < 0 {
		r.fail("input/number", path, "expected an integer that is not negative")
		return 0
	}
	return uint64(read)
}

// document takes a text byte for byte and writes a value as JSON with sorted members.
func (r *reader) document(path string, value any) []byte {
	switch value := value.(type) {
	case string:
		return []byte(value)
	case map[string]any:
		var written bytes.Buffer
		encoder := json.NewEncoder(&written)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err == nil {
			return bytes.TrimSuffix(written.Bytes(), []byte("\n"))
		}
	}
	r.fail("input/type", path, "expected a document as text or as an object")
	return nil
}

func (r *reader) bytes(path string, value any) []byte {
	content, err := base64.StdEncoding.Strict().DecodeString(r.text(path, value))
	if err != nil {
		r.fail("input/base64", path, "expected padded standard base64")
	}
	return content
}

func (r *reader) isShort(path string, value any) bool {
	switch value {
	case "short":
		return true
	case "full":
		return false
	}
	r.fail("input/type", path, `expected "short" or "full"`)
	return true
}

func (r *reader) limits(path string, value any) map[string]uint64 {
	limits := map[string]uint64{}
	for name, limit := range r.object(path, value) {
		limits[name] = r.number(path+"/"+shown(name), limit)
	}
	return limits
}

func (r *reader) artifact(path string, value any) cretula.Artifact {
	var artifact cretula.Artifact
	if text, ok := value.(string); ok {
		algorithm, hex, found := strings.Cut(text, ":")
		if !found || hex == "" {
			r.fail("input/digest", path, `expected "ALGORITHM:HEX"`)
		}
		return cretula.Artifact{Digests: map[string]string{algorithm: hex}}
	}
	r.members(path, value, nil, map[string]func(string, any){
		"digests": func(path string, value any) { artifact.Digests = r.digests(path, value) },
		"bytes":   func(path string, value any) { artifact.Bytes = r.bytes(path, value) },
	})
	if (len(artifact.Digests) == 0) == (artifact.Bytes == nil) {
		r.fail("input/type", path, "expected digests or bytes")
	}
	return artifact
}

func (r *reader) digests(path string, value any) map[string]string {
	digests := map[string]string{}
	for name, digest := range r.object(path, value) {
		digests[name] = r.text(path+"/"+shown(name), digest)
	}
	return digests
}

func (r *reader) key(path string, value any) cretula.ManagedKey {
	var key cretula.ManagedKey
	text := func(to *string) func(string, any) {
		return func(path string, value any) { *to = r.text(path, value) }
	}
	instant := func(to *time.Time) func(string, any) {
		return func(path string, value any) { *to = r.instant(path, value) }
	}
	r.members(path, value, []string{"id", "key"}, map[string]func(string, any){
		"id":         text(&key.ID),
		"key":        func(path string, value any) { key.Key = r.publicKey(path, value) },
		"keyDetails": text(&key.KeyDetails),
		"encoding":   text(&key.Encoding),
		"usage":      text(&key.Usage),
		"validFor": func(path string, value any) {
			r.members(path, value, nil, map[string]func(string, any){
				"start": instant(&key.Start),
				"end":   instant(&key.End),
			})
		},
	})
	return key
}

// publicKey reads a SubjectPublicKeyInfo in PEM or in base64.
func (r *reader) publicKey(path string, value any) []byte {
	text := r.text(path, value)
	if !strings.HasPrefix(text, "-----BEGIN ") {
		return r.bytes(path, value)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		r.fail("input/key", path, "expected one public key in PEM")
		return nil
	}
	return block.Bytes
}

func (r *reader) instant(path string, value any) time.Time {
	instant, err := time.Parse(time.RFC3339, r.text(path, value))
	if err != nil {
		r.fail("input/type", path, "expected a time of RFC 3339")
	}
	return instant
}

// each reads the elements of a list.
func each[T any](r *reader, path string, value any, read func(path string, value any) T) []T {
	elements, ok := value.([]any)
	if !ok {
		r.fail("input/type", path, "expected a list")
	}
	var found []T
	for n, element := range elements {
		found = append(found, read(path+"/"+strconv.Itoa(n), element))
	}
	return found
}

// shown is a name of the input, escaped and cut short for a message.
func shown(name string) string {
	const most = 64
	quoted := strconv.QuoteToASCII(name)
	quoted = strings.NewReplacer("~", "~0", "/", "~1").Replace(quoted[1 : len(quoted)-1])
	return quoted[:min(len(quoted), most)]
}
