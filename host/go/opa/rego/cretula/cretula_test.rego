package cretula_test

import data.cretula

# The data of these tests are the real bundle of the repository: data.demo.bundle, its digest
# data.demo.artifact, and data.cretula_trust with the public-good root and the policy "demo".

issuer := "https://token.actions.githubusercontent.com"

san := "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main"

repository := "https://github.com/prefix-dev/sigstore-example"

other := "sha256:0000000000000000000000000000000000000000000000000000000000000000"

evidence := {"bundle": data.demo.bundle, "artifacts": [data.demo.artifact]}

test_by_signer if {
	report := cretula.by_signer(evidence, {"san": san, "issuer": issuer})
	report.verdict == "verified"
	report.signer.certificate.san.value == san
	report.signer.certificate.issuer == issuer
}

test_by_signer_with_a_pattern if {
	glob := {"glob": "https://github.com/prefix-dev/sigstore-example/.github/workflows/*@refs/heads/main"}
	cretula.by_signer(evidence, {"san": glob, "issuer": issuer})
}

test_by_repository if {
	cretula.by_repository(evidence, {"repository": repository})
	cretula.by_repository(evidence, {"repository": repository, "issuer": issuer})
}

test_by_policy if cretula.by_policy(evidence, "demo")

test_bundles_are_text_or_values if {
	is_object(data.demo.bundle)
	text := object.union(evidence, {"bundle": json.marshal(data.demo.bundle)})
	cretula.by_policy(text, "demo")
}

test_another_signer if not cretula.by_signer(evidence, {"san": concat("", [san, "x"]), "issuer": issuer})

test_another_issuer if not cretula.by_signer(evidence, {"san": san, "issuer": "https://gitlab.com"})

test_a_longer_repository if {
	not cretula.by_repository(evidence, {"repository": concat("", [repository, "-evil"])})
	not cretula.by_repository(evidence, {"repository": "https://github.com/prefix-dev"})
}

test_another_artifact if {
	not cretula.by_policy(object.union(evidence, {"artifacts": [other]}), "demo")
	not cretula.by_policy({"bundle": data.demo.bundle}, "demo")
	not cretula.by_policy(object.union(evidence, {"artifacts": []}), "demo")
}

test_garbage if {
	every bundle in ["garbage", "", "{", {}, [], null, 1, {"mediaType": "x"}] {
		not cretula.by_policy({"bundle": bundle, "artifacts": [data.demo.artifact]}, "demo")
	}
	every artifact in ["", "x", "sha256:", "sha256:zz", 1, null, {}] {
		not cretula.by_policy(object.union(evidence, {"artifacts": [artifact]}), "demo")
	}
	not cretula.by_policy({}, "demo")
}

test_a_policy_that_is_not_there if not cretula.by_policy(evidence, "release")

test_a_policy_that_cannot_be_read if {
	every policy in [{}, {"schema": "cretula/policy/v2"}, "garbage", 1] {
		not cretula.by_policy(evidence, "wrong") with data.cretula_trust.policies as {"wrong": policy}
	}
}

test_missing_trust if {
	not cretula.by_policy(evidence, "demo") with data.cretula_trust.roots as {}
	not cretula.by_signer(evidence, {"san": san, "issuer": issuer}) with data.cretula_trust as {}
	not cretula.by_policy(evidence, "demo") with data.cretula_trust.roots as {"empty": {}}
}

# A caller that brings a policy and trust of its own gets no further than without them.
test_trust_of_the_evidence_is_not_read if {
	own := {"policy": data.cretula_trust.policies.demo, "roots": [data.cretula_trust.roots["public-good"]]}
	greedy := object.union(evidence, own)
	cretula.by_policy(greedy, "demo")
	not cretula.by_policy(greedy, "demo") with data.cretula_trust.roots as {}
	not cretula.by_signer(greedy, {"san": "https://example.com", "issuer": issuer})
}

test_members_of_a_policy_in_a_demand if {
	cretula.by_signer(evidence, {"san": san, "issuer": issuer, "evidence": {"log": {"threshold": 1}}})
	not cretula.by_signer(evidence, {"san": san, "issuer": issuer, "evidence": {"log": {"threshold": 2}}})
	denied := [{"certificate": {"san": san}}]
	not cretula.by_signer(evidence, {"san": san, "issuer": issuer, "deny": denied})
}

# What a later version demands by another member is never ignored.
test_unknown_members_of_a_demand if {
	not cretula.by_signer(evidence, {"san": san, "issuer": issuer, "level": 3})
	not cretula.by_repository(evidence, {"repository": repository, "builder": "https://example.com"})
	not cretula.by_signer(evidence, {"san": san, "issuer": issuer, "signers": {}})
}

test_why if {
	refused := cretula.report(object.union(evidence, {"artifacts": [other]}), data.cretula_trust.policies.demo)
	refused.verdict == "refused"
	refused.code == "artifact/mismatch"
	refused.stage == "artifact"
}

key_trust := {"keys": {
	"release": {"key": data.managed.key, "keyDetails": "PKIX_ECDSA_P256_SHA_256"},
	"other": {"key": data.managed.other},
}}

key_evidence := {"bundle": data.managed.bundle, "artifacts": [data.managed.artifact]}

unlogged := {"log": {"threshold": 0}}

test_by_key if {
	report := cretula.by_key(key_evidence, {"id": "release", "evidence": unlogged}) with data.cretula_trust as key_trust
	report.signer.key.id == "release"
}

test_by_another_key if {
	not cretula.by_key(key_evidence, {"id": "other", "evidence": unlogged}) with data.cretula_trust as key_trust
	not cretula.by_key(key_evidence, {"id": "nobody", "evidence": unlogged}) with data.cretula_trust as key_trust
	not cretula.by_key(key_evidence, {"id": "release", "evidence": unlogged}) with data.cretula_trust.keys as {}
	not cretula.by_key(evidence, {"id": "release", "evidence": unlogged}) with data.cretula_trust as key_trust
}

# The preset for keys demands a log entry.
test_by_key_demands_a_log_entry if {
	not cretula.by_key(key_evidence, {"id": "release"}) with data.cretula_trust as key_trust
}
