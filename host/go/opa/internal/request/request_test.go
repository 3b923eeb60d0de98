package request

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	cretula "cretula.example/go"
)

func base() map[string]any { return map[string]any{"bundle": "{}", "policy": "{}"} }

func with(name string, value any) map[string]any {
	request := base()
	request[name] = value
	return request
}

func TestDocumentsAreTextsOrValues(t *testing.T) {
	read, err := Read(map[string]any{
		"bundle": " {\"a\" : 1}\n",
		"policy": map[string]any{"b": json.Number("1"), "a": "<&>"},
		"roots":  []any{"x", map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if string(read.Call.Bundle) != " {\"a\" : 1}\n" || string(read.Options.Policy) != `{"a":"<&>","b":1}` {
		t.Errorf("%q %q", read.Call.Bundle, read.Options.Policy)
	}
	if len(read.Options.Roots) != 2 || string(read.Options.Roots[1]) != "{}" || !read.Options.Short {
		t.Errorf("%q %v", read.Options.Roots, read.Options.Short)
	}
}

func TestEveryMemberIsRead(t *testing.T) {
	request := base()
	maps.Copy(request, map[string]any{
		"artifacts": []any{
			"sha256:ab", map[string]any{"digests": map[string]any{"sha512": "cd"}}, map[string]any{"bytes": "AQI="},
		},
		"keys": []any{map[string]any{
			"id": "release", "key": "AQI=", "keyDetails": "PKIX_ED25519", "encoding": "der", "usage": "u",
			"validFor": map[string]any{"start": "2026-01-02T03:04:05Z"},
		}},
		"container": "jsonl", "blobs": []any{"AQI="}, "report": "full", "now": json.Number("7"),
		"limits": map[string]any{"bundle-bytes": json.Number("8")},
	})
	read, err := Read(request)
	if err != nil {
		t.Fatal(err)
	}
	call, key := read.Call, read.Options.Keys[0]
	if call.Artifacts[0].Digests["sha256"] != "ab" || call.Artifacts[1].Digests["sha512"] != "cd" ||
		string(call.Artifacts[2].Bytes) != "\x01\x02" {
		t.Error(call.Artifacts)
	}
	if key.ID != "release" || string(key.Key) != "\x01\x02" || key.KeyDetails != "PKIX_ED25519" || key.Encoding != "der" ||
		key.Usage != "u" || !key.Start.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) || !key.End.IsZero() {
		t.Error(key)
	}
	if call.Container != "jsonl" || string(call.Blobs[0]) != "\x01\x02" || read.Options.Short || call.Now.Unix() != 7 ||
		call.Limits["bundle-bytes"] != 8 {
		t.Error(call, read.Options.Short)
	}
}

func TestWrongRequestsHaveACodeAndAPlace(t *testing.T) {
	long := strings.Repeat("ü", 99)
	wrongDigest := map[string]any{"digests": map[string]any{"a": 1}}
	key := func(name string, value any) map[string]any {
		fields := map[string]any{"id": "a", "key": "AQI="}
		fields[name] = value
		return with("keys", []any{fields})
	}
	private := "-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n"
	for name, row := range map[string]struct {
		request    any
		code, path string
	}{
		"no object":       {"x", "input/type", ""},
		"no bundle":       {map[string]any{"policy": "{}"}, "input/missing", "/bundle"},
		"no policy":       {map[string]any{"bundle": "{}"}, "input/missing", "/policy"},
		"unknown member":  {with("a/b", 1), "input/unknown-member", "/a~1b"},
		"long member":     {with(long, 1), "input/unknown-member", "/" + strings.Repeat(`\u00fc`, 11)[:64]},
		"bundle":          {with("bundle", 1), "input/type", "/bundle"},
		"policy":          {with("policy", []any{}), "input/type", "/policy"},
		"roots":           {with("roots", "x"), "input/type", "/roots"},
		"root":            {with("roots", []any{"x", nil}), "input/type", "/roots/1"},
		"artifacts":       {with("artifacts", "sha256:ab"), "input/type", "/artifacts"},
		"artifact":        {with("artifacts", []any{"ab"}), "input/digest", "/artifacts/0"},
		"empty digest":    {with("artifacts", []any{"sha256:"}), "input/digest", "/artifacts/0"},
		"empty artifact":  {with("artifacts", []any{map[string]any{}}), "input/type", "/artifacts/0"},
		"digest":          {with("artifacts", []any{wrongDigest}), "input/type", "/artifacts/0/digests/a"},
		"bytes":           {with("artifacts", []any{map[string]any{"bytes": "AQ"}}), "input/base64", "/artifacts/0/bytes"},
		"bits":            {with("blobs", []any{"AR=="}), "input/base64", "/blobs/0"},
		"report":          {with("report", "long"), "input/type", "/report"},
		"now":             {with("now", "7"), "input/type", "/now"},
		"negative":        {with("now", json.Number("-1")), "input/number", "/now"},
		"fraction":        {with("now", json.Number("1.5")), "input/number", "/now"},
		"64 bits":         {with("now", json.Number("9223372036854775808")), "input/number", "/now"},
		"limit":           {with("limits", map[string]any{"x": "1"}), "input/type", "/limits/x"},
		"key without id":  {with("keys", []any{map[string]any{"key": "AQI="}}), "input/missing", "/keys/0/id"},
		"key without key": {with("keys", []any{map[string]any{"id": "a"}}), "input/missing", "/keys/0/key"},
		"key member":      {key("x", 1), "input/unknown-member", "/keys/0/x"},
		"private key":     {key("key", private), "input/key", "/keys/0/key"},
		"time":            {key("validFor", map[string]any{"end": "2026"}), "input/type", "/keys/0/validFor/end"},
	} {
		_, err := Read(row.request)
		failed, ok := err.(*Error)
		if !ok || failed.Code() != row.code || failed.Path() != row.path || cretula.Code(err) != row.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
