package opa

import (
	"bytes"
	"context"
	"encoding/json/jsontext"
	json "encoding/json/v2"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/demo"
)

// evaluate answers a query about an input; nil for undefined.
func evaluate(t testing.TB, query string, input any, options ...func(*rego.Rego)) (any, error) {
	t.Helper()
	options = append([]func(*rego.Rego){rego.Query(query), rego.Input(input)}, options...)
	results, err := rego.New(options...).Eval(context.Background())
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[0].Expressions[0].Value, nil
}

// codeOf is the code of the error inside of OPA's.
func codeOf(err error) string {
	var failed *topdown.Error
	if !errors.As(err, &failed) || failed.Code != topdown.BuiltinErr {
		return ""
	}
	return cretula.Code(failed.Unwrap())
}

func canonical(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	document := jsontext.Value(text)
	if err := document.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func with(request map[string]any, name string, value any) map[string]any {
	request[name] = value
	return request
}

func TestTheBuiltinAnswersWithTheReport(t *testing.T) {
	function := Function(demo.Patient)
	short, err := evaluate(t, "cretula.verify(input)", demo.Request(t), function)
	if err != nil || short.(map[string]any)["verdict"] != "verified" {
		t.Fatal(short, err)
	}
	if text := canonical(t, short); len(text) > 1<<10 {
		t.Errorf("a short report of %d bytes", len(text))
	}
	full, err := evaluate(t, "cretula.verify(input)", with(demo.Request(t), "report", "full"), function)
	if err != nil || len(full.(map[string]any)["checks"].([]any)) < 20 {
		t.Error(full, err)
	}
	value := with(demo.Request(t), "bundle", demo.Decoded(t, demo.Bundle(t)))
	value["policy"] = demo.Decoded(t, demo.Policy)
	value["roots"] = []any{demo.Decoded(t, demo.Root(t))}
	if same, err := evaluate(t, "cretula.verify(input).verdict", value, function); err != nil || same != "verified" {
		t.Error(same, err)
	}
}

// The cases whose whole reply is recorded: the builtin answers what the other engines answer, byte for byte.
// In the slow lane every case of every check: its verdict and code.
func TestCasesOfTheRepository(t *testing.T) {
	function := Function(demo.Patient)
	query, err := rego.New(rego.Query("x := cretula.verify(input)"), function, rego.StrictBuiltinErrors(true)).
		PrepareForEval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ran, compared := 0, 0
	for _, one := range demo.Cases(t) {
		recorded, err := os.ReadFile(demo.Path("tests/vectors/replies/full", one.Name+".json"))
		isRecorded := err == nil
		if !isRecorded && os.Getenv("CRETULA_SLOW") == "" {
			continue
		}
		results, err := query.Eval(context.Background(), rego.EvalInput(one.Request))
		ran++
		if one.HasNoTrust() {
			// A verifier of the Go package is not made without trust; the module refuses the bundle.
			if codeOf(err) != cretula.CodeOptions {
				t.Errorf("%s: %v", one.Name, err)
			}
			continue
		}
		if one.Expected.Outcome == "failed" {
			if code := codeOf(err); code != one.Expected.Code {
				t.Errorf("%s: want %s, found %v", one.Name, one.Expected.Code, err)
			}
			continue
		}
		if err != nil || len(results) != 1 {
			t.Errorf("%s: %v", one.Name, err)
			continue
		}
		report := results[0].Bindings["x"].(map[string]any)
		code, _ := report["code"].(string)
		if report["verdict"] != one.Expected.Outcome || code != one.Expected.Code {
			t.Errorf("%s: want %v, found %v %v", one.Name, one.Expected, report["verdict"], code)
		}
		if !isRecorded {
			continue
		}
		compared++
		if found := canonical(t, report); found != string(bytes.TrimSuffix(recorded, []byte("\n"))) {
			t.Errorf("%s: the report differs:\n%s\n%s", one.Name, found, recorded)
		}
	}
	t.Logf("%d cases, %d whole reports compared", ran, compared)
	if ran < 150 || compared < 150 {
		t.Errorf("%d cases, %d whole reports", ran, compared)
	}
}

const policy = `package test

default allow := false

allow if cretula.verify(input).verdict == "verified"
`

// Whatever is no report is undefined, and a policy that grants by a report denies; where builtin errors are
// strict, the query fails with the code.
func TestWhatIsNoReportIsUndefined(t *testing.T) {
	function := Function(demo.Patient)
	module := rego.Module("test.rego", policy)
	if allowed, err := evaluate(t, "data.test.allow", demo.Request(t), function, module); err != nil || allowed != true {
		t.Fatal(allowed, err)
	}
	request := func() map[string]any { return demo.Request(t) }
	without := request()
	delete(without, "roots")
	for name, row := range map[string]struct {
		input any
		code  string
	}{
		"nothing":           {nil, "input/type"},
		"text":              {"x", "input/type"},
		"no policy":         {map[string]any{"bundle": "x"}, "input/missing"},
		"missing root":      {without, "host/options"},
		"no roots":          {with(request(), "roots", []any{}), "host/options"},
		"garbage policy":    {with(request(), "policy", "garbage"), "policy/malformed"},
		"unbound policy":    {with(request(), "policy", map[string]any{"schema": "cretula/policy/v1"}), "policy/unbound"},
		"garbage container": {with(request(), "container", "zip"), "input/unsupported"},
		"unknown member":    {with(request(), "level", 3), "input/unknown-member"},
		"wrong digest":      {with(request(), "artifacts", []any{"sha256:zz"}), "input/digest"},
		"limit above cap":   {with(request(), "limits", map[string]any{"bundle-bytes": 1 << 40}), "input/limit-cap"},
	} {
		allowed, err := evaluate(t, "data.test.allow", row.input, function, module)
		if err != nil || allowed != false {
			t.Errorf("%s: %v %v", name, allowed, err)
		}
		if value, err := evaluate(t, "cretula.verify(input)", row.input, function); err != nil || value != nil {
			t.Errorf("%s: %v %v", name, value, err)
		}
		_, err = evaluate(t, "cretula.verify(input)", row.input, function, rego.StrictBuiltinErrors(true))
		if codeOf(err) != row.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, input := range map[string]any{
		"garbage bundle": with(request(), "bundle", "garbage"),
		"garbage root":   with(request(), "roots", []any{"garbage"}),
		"other artifact": with(request(), "artifacts", []any{"sha256:" + strings.Repeat("0", 64)}),
		"no artifact":    with(request(), "artifacts", []any{}),
	} {
		allowed, err := evaluate(t, "data.test.allow", input, function, module)
		refused, _ := evaluate(t, "cretula.verify(input).verdict", input, function)
		if err != nil || allowed != false || refused != "refused" {
			t.Errorf("%s: %v %v %v", name, allowed, refused, err)
		}
	}
}

func TestBoundsOfTheRuntimeDeny(t *testing.T) {
	for name, options := range map[string]cretula.RuntimeOptions{
		"deadline": {Deadline: 1},
		"memory":   {MaxMemoryBytes: 64 << 10},
	} {
		open := func() (*cretula.Runtime, error) { return cretula.NewRuntime(context.Background(), options) }
		module := rego.Module("test.rego", policy)
		allowed, err := evaluate(t, "data.test.allow", demo.Request(t), Function(open), module)
		if err != nil || allowed != false {
			t.Errorf("%s: %v %v", name, allowed, err)
		}
		_, err = evaluate(t, "cretula.verify(input)", demo.Request(t), Function(open), rego.StrictBuiltinErrors(true))
		if codeOf(err) != cretula.CodeSandbox {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPoliciesAreTypeChecked(t *testing.T) {
	function := Function(demo.Patient)
	for name, row := range map[string]struct {
		rule string
		ok   bool
	}{
		"good":            {`p if cretula.verify(input).signer.certificate.san.value == "x"`, true},
		"room for levels": {`p if cretula.verify(input).statement.level >= 3`, true},
		"misspelt":        {`p if cretula.verify(input).verdcit == "verified"`, false},
		"misspelt below":  {`p if cretula.verify(input).signer.certificate.sna == "x"`, false},
		"number":          {`p if cretula.verify(input).verdict + 1 == 2`, false},
		"no bundle":       {`p if cretula.verify("x").verdict == "verified"`, false},
		"bundle":          {`p if cretula.verify({"bundle": 1, "policy": "{}"}).verdict == "verified"`, false},
		"two arguments":   {`p if cretula.verify(input, 1).verdict == "verified"`, false},
	} {
		module := rego.Module("test.rego", "package test\n\n"+row.rule+"\n")
		_, err := rego.New(rego.Query("data.test.p"), function, module).PrepareForEval(context.Background())
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every member of the published schema of reports has a type.
func TestTheTypeIsThatOfTheSchema(t *testing.T) {
	schema := demo.Decoded(t, string(demo.Read(t, "wit/schema/report.schema.json"))).(map[string]any)
	definitions := schema["$defs"].(map[string]any)
	members := 0
	var compare func(path string, schema map[string]any, of types.Type)
	compare = func(path string, schema map[string]any, of types.Type) {
		if reference, ok := schema["$ref"].(string); ok {
			name := strings.TrimPrefix(reference, "#/$defs/")
			if name == "policy" {
				return
			}
			schema = definitions[name].(map[string]any)
		}
		if items, ok := schema["items"].(map[string]any); ok {
			compare(path+"/*", items, types.Values(of))
			return
		}
		for _, form := range asList(schema["oneOf"]) {
			compare(path, form.(map[string]any), of)
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			members++
			found := types.Select(of, name)
			if found == nil {
				t.Errorf("%s/%s has no type", path, name)
				continue
			}
			compare(path+"/"+name, property.(map[string]any), found)
		}
	}
	compare("", schema, reportType())
	if members < 60 {
		t.Errorf("%d members", members)
	}
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

func TestTheBuiltinIsDeterministic(t *testing.T) {
	if declaration().Nondeterministic || declaration().Name != Name {
		t.Error("decision logs would hold every report once more")
	}
	for _, builtin := range ast.Builtins {
		if strings.HasPrefix(builtin.Name, "cretula.") {
			t.Errorf("%s is there without being asked for", builtin.Name)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	query, err := rego.New(rego.Query("x := cretula.verify(input).verdict"), Function(demo.Patient)).
		PrepareForEval(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	ask := func(b *testing.B, request map[string]any) {
		b.Helper()
		results, err := query.Eval(context.Background(), rego.EvalInput(request))
		if err != nil || len(results) != 1 || results[0].Bindings["x"] != "verified" {
			b.Fatal(err, results)
		}
	}
	// The first call compiles the module.
	ask(b, demo.Request(b))
	b.Run("remembered", func(b *testing.B) {
		request := demo.Request(b)
		for b.Loop() {
			ask(b, request)
		}
	})
	b.Run("anew", func(b *testing.B) {
		request := demo.Request(b)
		for n := 0; b.Loop(); n++ {
			// Space after the document: another request with the same verdict.
			request["bundle"] = demo.Bundle(b) + strings.Repeat(" ", n)
			ask(b, request)
		}
	})
}
