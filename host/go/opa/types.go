package opa

import "github.com/open-policy-agent/opa/v1/types"

// functionType declares request and report, so that a policy with a misspelt member of the report does not
// compile.
//
// Members of the request that have no type of their own here are read when the builtin is called: OPA has no
// type for a member that may be absent.
func functionType() *types.Function {
	request := types.NewObject([]*types.StaticProperty{
		member("bundle", document()),
		member("policy", document()),
	}, types.NewDynamicProperty(types.S, types.A))
	return types.NewFunction(
		types.Args(types.Named("request", request).Description("bundle, artifacts, policy and trust")),
		types.Named("report", reportType()).Description("cretula/report/v1"),
	)
}

// document is a JSON document: its text, byte for byte, or its value.
func document() types.Type {
	return types.NewAny(types.S, types.NewObject(nil, types.NewDynamicProperty(types.S, types.A)))
}

// reportType has every member of a report (verification.md §1.3); which ones are there depends on verdict and
// form.
func reportType() types.Type {
	return closed(
		member("schema", types.S),
		member("verdict", types.S),
		member("code", types.S),
		member("stage", types.S),
		member("checkId", types.S),
		member("index", types.N),
		member("checks", list(closed(
			member("id", types.S), member("outcome", types.S), member("code", types.S), member("index", types.N),
			member("detail", types.S)))),
		member("signer", closed(member("certificate", certificateType()), member("key", closed(
			member("id", types.S), member("sha256", types.S))))),
		member("times", list(closed(
			member("time", types.S), member("source", types.S), member("authority", types.S),
			member("operator", types.S)))),
		member("logs", parties()),
		member("timestamps", parties()),
		member("scts", parties()),
		member("witnesses", parties()),
		member("artifacts", list(closed(
			member("digests", texts()), member("subject", types.N), member("algorithm", types.S)))),
		member("statement", statementType()),
		member("thresholds", types.NewObject(nil, types.NewDynamicProperty(types.S, closed(
			member("wanted", types.N), member("reached", types.N))))),
		member("ignored", list(types.S)),
		member("warnings", list(closed(member("code", types.S), member("detail", types.S)))),
		member("dangerous", list(types.S)),
		member("policy", open()),
		member("inputs", closed(
			member("bundle", types.S), member("trustedRoot", types.S), member("policy", types.S),
			member("limits", types.NewObject(nil, types.NewDynamicProperty(types.S, types.N))))),
		member("items", list(open())),
	)
}

func certificateType() types.Type {
	return closed(
		member("sha256", types.S),
		member("san", closed(member("type", types.S), member("value", types.S))),
		member("issuer", types.S),
		member("claims", texts()),
		member("extensions", texts()),
		member("notBefore", types.S),
		member("notAfter", types.S),
		member("path", list(types.S)),
		member("ca", types.S),
	)
}

func statementType() types.Type {
	return closed(
		member("payload", types.S),
		member("type", types.S),
		member("predicateType", types.S),
		member("subjects", list(closed(member("name", types.S), member("digest", texts())))),
		member("provenance", open()),
		member("level", types.N),
		member("levelFrom", types.N),
	)
}

func parties() types.Type {
	return list(closed(
		member("instance", types.S),
		member("outcome", types.S),
		member("index", types.S),
		member("operator", types.S),
	))
}

func member(name string, of types.Type) *types.StaticProperty {
	return types.NewStaticProperty(name, of)
}

func closed(members ...*types.StaticProperty) types.Type { return types.NewObject(members, nil) }

func open() types.Type { return types.NewObject(nil, types.NewDynamicProperty(types.S, types.A)) }

func texts() types.Type { return types.NewObject(nil, types.NewDynamicProperty(types.S, types.S)) }

func list(of types.Type) types.Type { return types.NewArray(nil, of) }
