// Package opa gives the policies of Open Policy Agent one builtin, cretula.verify, which verifies a Sigstore
// bundle in the embedded Cretula module and answers with its report.
//
// The report is the document cretula/report/v1: short unless the request asks for the full one, so that
// decision logs stay small. Whatever is not a report (a wrong request, a missing trusted root, a trap, a
// deadline) is an error of the builtin: the expression is undefined, or the query fails where builtin errors
// are strict. It is never a value.
package opa

import (
	"bytes"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	cretula "cretula.example/go"
	"cretula.example/go/opa/internal/request"
	"cretula.example/go/opa/internal/verdicts"
)

// Name of the builtin.
const Name = "cretula.verify"

// Register adds the builtin to every query, test and bundle of this process. The runtime is opened at its
// first call; nil opens the one that the process shares.
//
// Call it before OPA compiles its first policy.
func Register(open func() (*cretula.Runtime, error)) {
	rego.RegisterBuiltin1(declaration(), implementation(open))
}

// Function adds the builtin to one query, in the same way.
func Function(open func() (*cretula.Runtime, error)) func(*rego.Rego) {
	return rego.Function1(declaration(), implementation(open))
}

// declaration says that the builtin is deterministic: decision logs need not hold its results.
func declaration() *rego.Function {
	return &rego.Function{
		Name:        Name,
		Description: "Verifies a Sigstore bundle and returns the cretula/report/v1 document.",
		Decl:        functionType(),
	}
}

func implementation(open func() (*cretula.Runtime, error)) rego.Builtin1 {
	source := verdicts.NewSource(open)
	return func(call rego.BuiltinContext, argument *ast.Term) (*ast.Term, error) {
		document, err := ast.JSON(argument.Value)
		if err != nil {
			return nil, err
		}
		asked, err := request.Read(document)
		if err != nil {
			return nil, err
		}
		report, err := source.Verify(call.Context, asked)
		if err != nil {
			return nil, err
		}
		value, err := ast.ValueFromReader(bytes.NewReader(report.JSON()))
		if err != nil {
			return nil, err
		}
		return ast.NewTerm(value), nil
	}
}
