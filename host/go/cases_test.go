package cretula

import (
	"bytes"
	"context"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

const vectorFolder = "../../tests/vectors"

// checkCase is one case of a cretula/cases/v1 document.
type checkCase struct {
	Name     string `json:"name"`
	Expected struct {
		Outcome string `json:"outcome"`
		Code    string `json:"code"`
		Stage   string `json:"stage"`
		CheckID string `json:"checkId"`
	} `json:"expected"`
	Request jsontext.Value `json:"request"`
}

func readCases(t *testing.T) []checkCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectorFolder, "checks", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: no cases", err)
	}
	var all []checkCase
	for _, file := range files {
		var document struct {
			Cases []checkCase `json:"cases"`
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, document.Cases...)
	}
	return all
}

// request writes the document: in a case bundle and policy are text (or base64 where they are none), and
// roots are names of files.
func (c checkCase) request(t *testing.T) (document, bundle []byte) {
	t.Helper()
	var members map[string]jsontext.Value
	if err := json.Unmarshal(c.Request, &members); err != nil {
		t.Fatal(err)
	}
	bundle = bytesOf(t, members["bundle"])
	members["bundle"] = mustMarshal(t, bundle)
	members["policy"] = mustMarshal(t, bytesOf(t, members["policy"]))
	var trust map[string]jsontext.Value
	if err := json.Unmarshal(members["trust"], &trust); err != nil {
		t.Fatal(err)
	}
	if names := trust["roots"]; names != nil {
		var files []string
		if err := json.Unmarshal(names, &files); err != nil {
			t.Fatal(err)
		}
		roots := make([][]byte, len(files))
		for n, file := range files {
			root, err := os.ReadFile(filepath.Join(vectorFolder, "checks", "roots", file))
			if err != nil {
				t.Fatal(err)
			}
			roots[n] = root
		}
		trust["roots"] = mustMarshal(t, roots)
		members["trust"] = mustMarshal(t, trust)
	}
	return mustMarshal(t, members), bundle
}

// bytesOf reads a text, or {"base64": …}.
func bytesOf(t *testing.T, value jsontext.Value) []byte {
	t.Helper()
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(text)
	}
	var encoded struct {
		Base64 []byte `json:"base64"`
	}
	if err := json.Unmarshal(value, &encoded); err != nil {
		t.Fatal(err)
	}
	return encoded.Base64
}

// wholeReply is the reply that the crates gave natively, and that wasmtime and Node give as well.
func wholeReply(t *testing.T, kind, name string) ([]byte, bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectorFolder, "replies", kind, name+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(text, []byte("\n")), true
}

// documentOf is what the module wrote, a report or an error.
func documentOf(report Report, err error) []byte {
	var failed *Failure
	if errors.As(err, &failed) {
		return failed.JSON()
	}
	return report.JSON()
}

// CRETULA_SLOW=1 runs all cases; without it those whose complete reply is known, at least one of each check.
func TestCasesOfEveryCheck(t *testing.T) {
	ctx, runtime := context.Background(), patientRuntime(t)
	compared := 0
	for _, found := range readCases(t) {
		whole, isThere := wholeReply(t, "full", found.Name)
		if !isThere && os.Getenv("CRETULA_SLOW") != "1" {
			continue
		}
		request, _ := found.request(t)
		report, err := VerifyDocument(ctx, runtime, request)
		code, stage, check := report.Code(), report.Stage(), report.CheckID()
		if err != nil {
			code, stage, check = Code(err), "", ""
		}
		want := found.Expected
		isVerified := want.Outcome == "verified"
		if report.Verified() != isVerified || code != want.Code || stage != want.Stage || check != want.CheckID {
			t.Errorf("%s: want %+v, found %q %q %q, %v", found.Name, want, code, stage, check, err)
		}
		if isThere {
			compared++
			if !bytes.Equal(whole, documentOf(report, err)) {
				t.Errorf("%s: another reply than that of the crates:\n%s\n%s", found.Name, whole, documentOf(report, err))
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d whole replies were compared", compared)
	}
}

func TestViewsOfBundles(t *testing.T) {
	ctx, runtime := context.Background(), patientRuntime(t)
	compared := 0
	for _, found := range readCases(t) {
		whole, isThere := wholeReply(t, "inspected", found.Name)
		if !isThere {
			continue
		}
		compared++
		_, bundle := found.request(t)
		view, err := Inspect(ctx, runtime, bundle)
		var failed *Failure
		if errors.As(err, &failed) {
			view = failed.JSON()
		}
		if !bytes.Equal(whole, view) {
			t.Errorf("%s: another view than that of the crates: %s", found.Name, view)
		}
	}
	if compared < 100 {
		t.Errorf("only %d views were compared", compared)
	}
}
