//! What a report says beyond the first failure, and which of several refusals it is about.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "bends the project's own requests with an independent reader"
)]

use std::collections::BTreeMap;

use cretula_encoding::base64;
use cretula_verify::{RootMemo, portable};
use serde_json::{Value, json};

/// Requests of the cases by name.
fn requests() -> BTreeMap<String, Value> {
    let cases = cretula_cases::checks().unwrap();
    cases.iter().map(|case| (case.name.clone(), serde_json::from_slice(&case.request).unwrap())).collect()
}

fn report(request: &Value) -> Value {
    let reply = portable::verify(&serde_json::to_vec(request).unwrap(), &mut RootMemo::default());
    serde_json::from_slice(&reply).unwrap()
}

/// Code of the refusal or failure, or `verified`.
fn outcome(request: &Value) -> String {
    let report = report(request);
    let code = report.get("code").or_else(|| report.pointer("/error/code"));
    code.unwrap_or(&report["verdict"]).as_str().unwrap().into()
}

/// Changes a document inside a request.
fn edit(request: &mut Value, pointer: &str, change: impl FnOnce(&mut Value)) {
    let member = request.pointer_mut(pointer).unwrap();
    let mut document = serde_json::from_slice(&base64::decode(member.as_str().unwrap()).unwrap()).unwrap();
    change(&mut document);
    *member = base64::encode(&serde_json::to_vec(&document).unwrap()).into();
}

/// The outcome of every check, with its code.
fn rows(request: &Value) -> BTreeMap<String, Vec<String>> {
    let report = report(request);
    let mut rows = BTreeMap::<String, Vec<String>>::new();
    for row in report["checks"].as_array().unwrap() {
        let said = row.get("code").unwrap_or(&row["outcome"]).as_str().unwrap();
        rows.entry(row["id"].as_str().unwrap().into()).or_default().push(said.into());
    }
    rows
}

#[test]
fn a_message_without_an_artifact_lacks_one_and_contradicts_none() {
    let rows = rows(&requests()["a08-none-for-message"]);
    assert_eq!(rows["A08"], ["artifact/required"; 2], "of the signature, and of the artifact");
    assert!(!rows.contains_key("A02"), "{:?}", rows["A02"]);
}

/// The entry names the key, though the key did not verify the signature: that is not what is wrong with it.
#[test]
fn an_entry_is_compared_with_the_given_keys_where_none_verified() {
    let mut request = requests()["good-managed-p256-v1"].clone();
    assert_eq!(rows(&request)["L17"], ["pass"]);
    request["artifacts"] = json!([{"bytes": base64::encode(b"another")}]);
    let with_other_artifact = rows(&request);
    assert_eq!(with_other_artifact["L17"], ["log-binding/digest"]);
    request["trust"]["keys"][0]["key"] = requests()["a01-equal-ids"]["trust"]["keys"][0]["key"].clone();
    assert_eq!(rows(&request)["L17"], ["log-binding/key"]);
}

/// What a policy says of subjects has an effect without an artifact as well: there must be a statement.
#[test]
fn each_member_of_subject_demands_a_statement() {
    let request = requests()["a08-no-statement"].clone();
    assert_eq!(rows(&request)["A05"], ["not-applicable"]);
    for subject in
        [json!({"match": "all"}), json!({"name": "n"}), json!({"max": 1}), json!({"algorithms": ["sha256"]})]
    {
        let mut request = request.clone();
        edit(&mut request, "/policy", |policy| policy["subject"] = subject.clone());
        assert_eq!(rows(&request)["A05"], ["artifact/statement"], "{subject}");
    }
}

/// A missing entry is not reported where a failed one explains it, and is where that would not suffice either.
#[test]
fn the_threshold_of_logs_is_silent_where_a_failed_entry_explains_it() {
    let mut request = requests()["l14-hash"].clone();
    assert_eq!(rows(&request)["L14"], ["log-inclusion/proof"]);
    assert_eq!(rows(&request)["L21"], ["not-applicable"]);
    edit(&mut request, "/policy", |policy| policy["evidence"] = json!({"log": {"threshold": 2}}));
    assert_eq!(rows(&request)["L21"], ["log-inclusion/threshold"]);
}

/// Nobody knows the log, but what it says is malformed for everybody.
#[test]
fn a_malformed_entry_of_an_unknown_log_refuses() {
    let mut request = requests()["l04-unknown-beside"].clone();
    assert_eq!(outcome(&request), "verified");
    edit(&mut request, "/bundle", |bundle| {
        let entry = &mut bundle["verificationMaterial"]["tlogEntries"][1];
        entry["canonicalizedBody"] = base64::encode(b"{}").into();
    });
    assert_eq!(outcome(&request), "log-binding/body");
}

/// The request with these certificate authorities, made of the first one of its root.
fn with_authorities(request: &Value, authorities: &[&dyn Fn(&mut Value)]) -> Value {
    let mut request = request.clone();
    edit(&mut request, "/trust/roots/0", |root| {
        root["certificateAuthorities"] = variants(&root["certificateAuthorities"][0], authorities);
    });
    request
}

fn variants(authority: &Value, changes: &[&dyn Fn(&mut Value)]) -> Value {
    let changed = changes.iter().map(|change| {
        let mut authority = authority.clone();
        change(&mut authority);
        authority
    });
    changed.collect()
}

/// The certificate with another signature.
fn forged(certificate: &Value) -> Value {
    let mut der = base64::decode(certificate["rawBytes"].as_str().unwrap()).unwrap();
    *der.last_mut().unwrap() ^= 1;
    json!({"rawBytes": base64::encode(&der)})
}

fn certificates(authority: &mut Value) -> &mut Vec<Value> {
    authority["certChain"]["certificates"].as_array_mut().unwrap()
}

#[test]
fn of_several_authorities_the_most_telling_refusal_is_reported_and_of_equals_the_first() {
    let requests = requests();
    let request = &requests["good-keyless-v2"];
    let mut other = Value::Null;
    edit(&mut requests["c02-unused-member"].clone(), "/trust/roots/0", |root| {
        other = root["certificateAuthorities"][0].take();
    });
    let good = |_: &mut Value| {};
    let foreign = |authority: &mut Value| drop(certificates(authority).remove(0));
    let ended = |authority: &mut Value| authority["validFor"]["end"] = "2025-01-01T00:00:00Z".into();
    let stale = |authority: &mut Value| *authority = other.clone();
    let code = |authorities: &[&dyn Fn(&mut Value)]| outcome(&with_authorities(request, authorities));
    assert_eq!(code(&[&foreign]), "chain/no-path");
    assert_eq!(code(&[&ended]), "chain/ca-window");
    assert_eq!(code(&[&stale]), "chain/not-valid");
    assert_eq!(code(&[&foreign, &ended]), "chain/ca-window");
    assert_eq!(code(&[&ended, &foreign]), "chain/ca-window");
    assert_eq!(code(&[&ended, &stale]), "chain/ca-window");
    assert_eq!(code(&[&stale, &ended]), "chain/not-valid");
    assert_eq!(code(&[&stale, &ended, &good]), "verified");
}

/// A search that was given up says nothing about who signed, whatever another authority says.
#[test]
fn a_search_that_is_given_up_refuses() {
    let mut request = requests()["good-keyless-v2"].clone();
    let good = |_: &mut Value| {};
    // Issuers that the leaf fits and the anchor does not.
    let wide = |authority: &mut Value| {
        let decoy = forged(&certificates(authority)[0]);
        for _ in 0..2 {
            certificates(authority).insert(0, decoy.clone());
        }
    };
    let code = |request: &Value, authorities: &[&dyn Fn(&mut Value)]| {
        outcome(&with_authorities(request, authorities))
    };
    assert_eq!(code(&request, &[&wide, &good]), "verified");
    request["options"] = json!({"limits": {"path-steps": 3}});
    assert_eq!(code(&request, &[&good]), "verified");
    assert_eq!(code(&request, &[&wide]), "limits/path-steps");
    assert_eq!(code(&request, &[&wide, &good]), "limits/path-steps");
    assert_eq!(code(&request, &[&good, &wide]), "limits/path-steps");
}

/// Of several keys with one id, one that was tried says more than one that was not admitted.
#[test]
fn of_several_keys_one_that_was_tried_is_reported() {
    let mut request = requests()["a01-equal-ids"].clone();
    let [other, right] = [0, 1].map(|index| request["trust"]["keys"][index].clone());
    let ed25519 = &requests()["a08-no-statement"]["trust"]["keys"][0];
    edit(&mut request, "/policy", |policy| {
        let algorithms = json!({"allow": ["PKIX_ECDSA_P256_SHA_256"]});
        policy["evidence"] = json!({"algorithms": algorithms, "log": {"threshold": 0}});
    });
    edit(&mut request, "/bundle", |bundle| bundle["verificationMaterial"]["tlogEntries"] = json!([]));
    let mut code = |keys: &[&Value]| {
        request["trust"]["keys"] = keys.iter().copied().cloned().collect();
        outcome(&request)
    };
    assert_eq!(code(&[ed25519]), "signature/not-allowed");
    assert_eq!(code(&[&other]), "signature/invalid");
    assert_eq!(code(&[ed25519, &other]), "signature/invalid");
    assert_eq!(code(&[&other, ed25519]), "signature/invalid");
    assert_eq!(code(&[&other, ed25519, &right]), "verified");
}

/// That there were no checks left for the other keys is what a caller must know.
#[test]
fn keys_that_could_not_be_tried_are_reported_as_such() {
    let mut request = requests()["a01-equal-ids"].clone();
    request["trust"]["keys"][0]["keyDetails"] = json!("PKIX_ECDSA_P256_SHA_256");
    let mut code = |limit: u32| {
        request["options"] = json!({"limits": {"signature-total": limit}});
        outcome(&request)
    };
    let enough = (1..16).find(|limit| code(*limit) == "verified").unwrap();
    assert_eq!(code(enough - 1), "limits/signature-total");
}

#[test]
fn a_malformed_intermediate_is_no_malformed_leaf() {
    let mut request = requests()["good-version-0-2-chain"].clone();
    let mut code = |index: usize| {
        edit(&mut request, "/bundle", |bundle| {
            let chain = &mut bundle["verificationMaterial"]["x509CertificateChain"];
            chain["certificates"][index]["rawBytes"] = base64::encode(&[0x30, 0]).into();
        });
        outcome(&request)
    };
    assert_eq!(code(1), "bundle-shape/der");
    assert_eq!(code(0), "chain/leaf");
}

#[test]
fn checks_of_the_signer_are_listed_where_the_policy_asks_for_them() {
    let requests = requests();
    for name in ["i08-authority-url-twin", "i08-other-log-twin", "i08-other-tsa-twin"] {
        assert_eq!(rows(&requests[name])["I08"], ["pass"], "{name}");
    }
    let mut request = requests["good-keyless-v2"].clone();
    assert_eq!(rows(&request).get("I08"), None);
    assert_eq!(rows(&request)["I02"], ["pass"]);
    edit(&mut request, "/policy", |policy| {
        policy["signers"] = Value::Null;
        policy["dangerous"] = json!({"anySigner": true});
    });
    assert_eq!(rows(&request)["I02"], ["off"]);
}

#[test]
fn what_a_request_for_a_timestamp_demanded_is_listed() {
    let requests = requests();
    let twins = ["nonce", "policy", "policy-list", "name", "name-list"];
    for name in twins.map(|name| format!("t12-{name}-twin")) {
        assert_eq!(rows(&requests[&name])["T12"], ["pass"], "{name}");
    }
    assert_eq!(rows(&requests["good-tsa-only"]).get("T12"), None);
    let warnings = &report(&requests["t05-other-hash-pinned"])["warnings"];
    assert_eq!(warnings[0]["code"], "time/token-cert-id");
}

fn with_time(request: &Value, members: &Value) -> Value {
    let mut request = request.clone();
    edit(&mut request, "/policy", |policy| policy["evidence"]["time"] = members.clone());
    request
}

#[test]
fn timestamp_authorities_are_listed_by_signer_or_operator() {
    let requests = requests();
    for name in ["good-tsa-refusing", "good-tsa-from-token"] {
        let request = &requests[name];
        let only = |listed: &str| outcome(&with_time(request, &json!({"only": [listed]})));
        let signer = report(request)["timestamps"][0]["instance"].as_str().unwrap().to_owned();
        assert_eq!(only(&signer), "verified", "{name}");
        assert_eq!(only("north.example"), "verified", "{name}");
        assert_eq!(only(&"00".repeat(32)), "time/missing", "{name}");
        assert_eq!(only("other.example"), "time/missing", "{name}");
    }
    // One that is not listed is nobody, whatever is wrong with its token.
    let request = &requests["t11-other-signature"];
    assert_eq!(outcome(request), "time/token-imprint");
    let of_nobody = with_time(request, &json!({"onInvalidToken": "refuse", "only": ["other.example"]}));
    assert_eq!(outcome(&of_nobody), "time/missing");
}

#[test]
fn modes_of_time_are_met_by_their_sources() {
    let requests = requests();
    let mode = |name: &str, members: Value| outcome(&with_time(&requests[name], &members));
    assert_eq!(mode("good-keyless-v1", json!({"mode": "log"})), "verified");
    assert_eq!(mode("good-keyless-v1", json!({"mode": "both"})), "time/mode");
    assert_eq!(mode("good-keyless-v2", json!({"mode": "tsa"})), "verified");
    assert_eq!(mode("good-keyless-v2", json!({"mode": "both"})), "time/mode");
    // No time at all is demanded, but what there is must be of this kind.
    for name in ["log", "tsa", "both"] {
        assert_eq!(
            mode("good-managed-p256-v2", json!({"mode": name, "threshold": 0})),
            "time/mode",
            "{name}"
        );
    }
    assert_eq!(mode("t15-not-needed", json!({})), "verified");
    assert_eq!(mode("t15-not-needed", json!({"signedThreshold": 1})), "trusted-root/no-tsa");
}

/// The request with these timestamp authorities, made of the first one of its root.
fn with_timestamp_authorities(request: &Value, authorities: &[&dyn Fn(&mut Value)]) -> Value {
    let mut request = request.clone();
    edit(&mut request, "/trust/roots/0", |root| {
        root["timestampAuthorities"] = variants(&root["timestampAuthorities"][0], authorities);
    });
    request
}

#[test]
fn of_several_timestamp_authorities_one_that_verifies_suffices_and_limits_refuse() {
    let requests = requests();
    let mut request = requests["good-tsa-intermediate"].clone();
    let good = |_: &mut Value| {};
    let ended = |authority: &mut Value| authority["validFor"]["end"] = "2025-01-01T00:00:00Z".into();
    let wide = |authority: &mut Value| {
        let decoy = forged(&certificates(authority)[1]);
        certificates(authority).insert(1, decoy);
    };
    let code = |request: &Value, authorities: &[&dyn Fn(&mut Value)]| {
        outcome(&with_timestamp_authorities(request, authorities))
    };
    assert_eq!(code(&request, &[&ended]), "time/missing");
    assert_eq!(code(&request, &[&ended, &good]), "verified");
    assert_eq!(code(&request, &[&wide, &good]), "verified");
    let enough = (1..16).find(|limit| {
        request["options"] = json!({"limits": {"path-steps": limit}});
        code(&request, &[&good]) == "verified"
    });
    assert!(enough.is_some());
    assert_eq!(code(&request, &[&wide]), "limits/path-steps");
    assert_eq!(code(&request, &[&wide, &good]), "limits/path-steps");
}
