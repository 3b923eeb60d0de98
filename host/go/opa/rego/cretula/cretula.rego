# METADATA
# title: Cretula
# description: |
#   Demands on Sigstore bundles: by repository, by signer, by key, or by a named policy.
#
#   Every demand takes the evidence, an object with `bundle` and `artifacts` (and, where they are needed,
#   `container` and `blobs`). It may be `input` itself: other members, such as trusted roots or a policy that
#   a caller slips in, are not read. Trust comes from `data.cretula_trust` alone, which a bundle of OPA brings
#   and replaces without a restart.
#
#   A demand is the report of a verified bundle, and undefined for everything else. Write rules that grant,
#   with a default of false; never the negation of a demand.
package cretula

# METADATA
# description: |
#   Demands a workflow of a repository: `{"repository": URI, "issuer": URI}`, where the repository is what the
#   certificate says (`https://github.com/acme/app`). Issuer is optional: that of GitHub Actions.
# scope: rule
by_repository(evidence, demand) := report if {
	claims := {"sourceRepositoryUri": demand.repository}
	issuer := object.get(demand, "issuer", "https://token.actions.githubusercontent.com")
	signers := {"certificate": {"issuer": issuer, "claims": claims}}
	report := _verified(evidence, demand, {"repository", "issuer"}, {"preset": "public-good", "signers": signers})
}

# METADATA
# description: |
#   Demands a certificate of one identity: `{"san": match, "issuer": match}`; a match is a text or one of the
#   forms of a policy, such as `{"glob":
#   "https://github.com/acme/signing/.github/workflows/sign.yml@refs/tags/*"}`.
# scope: rule
by_signer(evidence, demand) := report if {
	signers := {"certificate": {"issuer": demand.issuer, "san": demand.san}}
	report := _verified(evidence, demand, {"san", "issuer"}, {"preset": "public-good", "signers": signers})
}

# METADATA
# description: |
#   Demands the signature of a managed key: `{"id": ID}`, a key of `data.cretula_trust.keys`.
# scope: rule
by_key(evidence, demand) := report if {
	signers := {"key": {"ids": [demand.id]}}
	report := _verified(evidence, demand, {"id"}, {"preset": "managed-key", "signers": signers})
}

# METADATA
# description: Demands what the policy of this name in `data.cretula_trust.policies` says.
# scope: rule
by_policy(evidence, name) := verified if {
	verified := report(evidence, data.cretula_trust.policies[name])
	verified.verdict == "verified"
}

# METADATA
# description: |
#   The report of a policy, whatever its verdict: to say why, not to grant. Undefined if there is none.
# scope: rule
report(evidence, policy) := cretula.verify(object.union(
	object.filter(evidence, {"bundle", "artifacts", "container", "blobs"}),
	{"policy": policy, "roots": _roots, "keys": _keys},
))

# A demand may also have these members of a policy. Any other member is none that this library knows, and then
# nothing is granted: what a later version demands by it is never ignored by this one.
_policy_members := {"preset", "evidence", "deny", "subject", "statement", "bundle"}

_verified(evidence, demand, own, defaults) := verified if {
	count(object.keys(demand) - (own | _policy_members)) == 0
	policy := object.union(defaults, object.remove(demand, own))
	verified := report(evidence, object.union(policy, {"schema": "cretula/policy/v1"}))
	verified.verdict == "verified"
}

_roots := [root | some root in data.cretula_trust.roots]

_keys := [object.union(key, {"id": id}) | some id, key in data.cretula_trust.keys]
