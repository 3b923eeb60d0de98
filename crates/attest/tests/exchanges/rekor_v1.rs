//! Entries of Rekor v1: L1 to L6.

use cretula_attest::exchange::rekor_v1::{
    ExpectedEntry as Expected, check_stored_entry, is_entry_path, read_entry, request_body,
};
use cretula_attest::exchange::{LogEntry, Signer};
use cretula_encoding::{base64, hex};
use cretula_testkit::serve::{Place, RekorV1Lie};
use cretula_testkit::{Algorithm, Seed, SigningKey, Window};
use serde_json::{Value, json};

use crate::support::{NOW, World, at, code, edited, instance};

const LOG: Place = Place::RekorV1(0);

/// The entry of a reply.
fn entry(reply: &mut Value) -> &mut Value {
    reply.as_object_mut().unwrap().values_mut().next().unwrap()
}

#[test]
fn the_request_holds_envelope_and_verifier() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let body: Value = serde_json::from_slice(&request_body(&signed.envelope, signed.signer())).unwrap();
    assert_eq!((&body["apiVersion"], &body["kind"]), (&json!("0.0.1"), &json!("dsse")));
    let content = &body["spec"]["proposedContent"];
    assert_eq!(content["envelope"], json!(signed.envelope));
    let verifier = base64::decode(content["verifiers"][0].as_str().unwrap()).unwrap();
    assert!(verifier.starts_with(b"-----BEGIN CERTIFICATE-----\n"));
    let body: Value = serde_json::from_slice(&request_body("{}", Signer::PublicKey(&signed.spki))).unwrap();
    let verifiers = body["spec"]["proposedContent"]["verifiers"].as_array().unwrap();
    assert_eq!(verifiers.len(), 1);
    let verifier = base64::decode(verifiers[0].as_str().unwrap()).unwrap();
    assert!(verifier.starts_with(b"-----BEGIN PUBLIC KEY-----\n"));
}

#[test]
fn paths_of_entries_are_names_of_the_log() {
    let path = |digits: usize| format!("/api/v1/log/entries/{}", "a".repeat(digits));
    for (digits, is_path) in [(63, false), (64, true), (80, true), (81, false), (0, false)] {
        assert_eq!(is_entry_path(&path(digits)), is_path, "{digits}");
    }
    for bent in [
        path(64).to_ascii_uppercase(),
        path(64).replace("/api", "api"),
        path(64).replace("v1", "v2"),
        path(64).replace("aaaaa", "aaaag"),
        format!("http://log.invalid{}", path(64)),
        format!("//log.invalid{}", path(64)),
        format!("{}/", path(64)),
        format!("{}?x", path(64)),
        format!("/api/v1/log/entries/../{}", "a".repeat(64)),
    ] {
        assert!(!is_entry_path(&bent), "{bent}");
    }
}

#[test]
fn honest_entries_pass_and_pass_again() {
    for keyless in [true, false] {
        let mut world = World::new(instance());
        let signed = world.sign(keyless);
        let reply = world.log_v1(&signed);
        assert_eq!(reply.status, 201);
        let mut expected = world.expect_v1(&signed);
        let found = read_entry(&reply.body, &expected).unwrap();
        assert_bundled(&found, &reply.body);
        assert_eq!(found.integrated_time, Some(at(NOW)));
        assert_eq!(found.log_id, hex::encode(&world.services.instance().rekor_v1[0].log.id));
        let stored = found.encode();
        assert_eq!(check_stored_entry(&stored, &expected), Ok(found.clone()));
        expected.now = Some(at(NOW + 301));
        assert_eq!(code(check_stored_entry(&stored, &expected)), "rekor/time");
        expected.now = None;
        assert_eq!(check_stored_entry(&stored, &expected), Ok(found));
    }
}

/// Every member of the bundle form is the one of the reply, in the encoding of bundles.
fn assert_bundled(found: &LogEntry, reply: &[u8]) {
    let mut reply: Value = serde_json::from_slice(reply).unwrap();
    let said = entry(&mut reply);
    let bundled: Value = serde_json::from_slice(&found.encode()).unwrap();
    let from_hex = |value: &Value| json!(base64::encode(&hex::decode(value.as_str().unwrap()).unwrap()));
    let verification = &said["verification"];
    let proof = &verification["inclusionProof"];
    let hashes: Vec<Value> = proof["hashes"].as_array().unwrap().iter().map(from_hex).collect();
    let expected = json!({
        "canonicalizedBody": said["body"],
        "inclusionPromise": {"signedEntryTimestamp": verification["signedEntryTimestamp"]},
        "inclusionProof": {
            "checkpoint": {"envelope": proof["checkpoint"]},
            "hashes": hashes,
            "logIndex": proof["logIndex"].to_string(),
            "rootHash": from_hex(&proof["rootHash"]),
            "treeSize": proof["treeSize"].to_string(),
        },
        "integratedTime": said["integratedTime"].to_string(),
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "logId": {"keyId": from_hex(&said["logID"])},
        "logIndex": said["logIndex"].to_string(),
    });
    assert_eq!(bundled, expected);
    assert_ne!(expected["logIndex"], expected["inclusionProof"]["logIndex"], "an index over shards");
    assert_eq!(found.log_index.to_string(), said["logIndex"].to_string());
}

const fn expected_code(lie: RekorV1Lie) -> &'static str {
    match lie {
        RekorV1Lie::OtherEntry
        | RekorV1Lie::OtherVerifier
        | RekorV1Lie::OtherEnvelope
        | RekorV1Lie::Conflict => "rekor/other-entry",
        RekorV1Lie::OtherKind | RekorV1Lie::TwoEntries => "rekor/format",
        RekorV1Lie::PromiseOverOtherEntry | RekorV1Lie::PromiseByOtherKey | RekorV1Lie::NoPromise => {
            "rekor/promise"
        }
        RekorV1Lie::WrongProof | RekorV1Lie::CheckpointOfOtherTree | RekorV1Lie::StaleCheckpoint => {
            "rekor/proof"
        }
        RekorV1Lie::CheckpointOfOtherLog
        | RekorV1Lie::ForeignCheckpoint
        | RekorV1Lie::BrokenCheckpoint
        | RekorV1Lie::UnsignedCheckpoint => "rekor/checkpoint",
        RekorV1Lie::FutureTime | RekorV1Lie::EarlyTime => "rekor/time",
        // The entry is the right one; its place is refused before it is read.
        RekorV1Lie::ConflictElsewhere => "",
    }
}

#[test]
fn every_lie_has_its_code() {
    for lie in RekorV1Lie::ALL {
        for keyless in [true, false] {
            let mut world = World::lying(LOG, *lie);
            let signed = world.sign(keyless);
            let mut reply = world.log_v1(&signed);
            if reply.status == 409 {
                let location = reply.header("location").unwrap().to_owned();
                let path = location.strip_prefix("http://log.invalid");
                assert_eq!(path.is_none(), is_entry_path(&location));
                reply = world.get(LOG, path.unwrap_or(&location));
            }
            let found = code(read_entry(&reply.body, &world.expect_v1(&signed)));
            assert_eq!(found, expected_code(*lie), "{lie:?}");
        }
    }
}

#[test]
fn a_duplicate_is_read_and_passes() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let first = world.log_v1(&signed);
    let second = world.log_v1(&signed);
    let location = second.header("location").unwrap().to_owned();
    assert!(second.status == 409 && is_entry_path(&location));
    let read = world.get(LOG, &location);
    let expected = world.expect_v1(&signed);
    let entries = [first, read].map(|reply| read_entry(&reply.body, &expected).unwrap());
    assert_eq!(entries[0].log_index, entries[1].log_index);
}

type Edit = fn(&mut Value);

#[test]
fn malformed_replies_have_one_code() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let honest = world.log_v1(&signed).body;
    let check = |body: &[u8]| code(read_entry(body, &world.expect_v1(&signed)));
    for body in ["", "{}", "[]", "{\"a\":null}", "{\"a\":{}}", "{\"a\":1}", "{\"a\":{},\"b\":{}}"] {
        assert_eq!(check(body.as_bytes()), "rekor/format", "{body}");
    }
    let edits: [(Edit, &str); 16] = [
        (|entry| entry["body"] = json!("e30"), "rekor/format"),
        (|entry| entry["body"] = json!("e30="), "rekor/format"),
        (|entry| entry["body"] = json!(null), "rekor/format"),
        (|entry| entry["integratedTime"] = json!("1"), "rekor/format"),
        (|entry| entry["logIndex"] = json!(-1), "rekor/format"),
        (|entry| entry["logID"] = json!("zz"), "rekor/format"),
        (|entry| entry["logID"] = json!("00"), "rekor/promise"),
        (|entry| entry["verification"] = json!(null), "rekor/promise"),
        (|entry| entry["verification"]["signedEntryTimestamp"] = json!(""), "rekor/promise"),
        (|entry| entry["verification"]["signedEntryTimestamp"] = json!("AA=="), "rekor/promise"),
        (|entry| entry["verification"]["inclusionProof"] = json!(null), "rekor/proof"),
        (|entry| entry["verification"]["inclusionProof"]["checkpoint"] = json!(null), "rekor/checkpoint"),
        (|entry| entry["verification"]["inclusionProof"]["rootHash"] = json!("00"), "rekor/format"),
        (|entry| entry["verification"]["inclusionProof"]["treeSize"] = json!(1), "rekor/proof"),
        (|entry| entry["verification"]["inclusionProof"]["logIndex"] = json!(9_000), "rekor/proof"),
        (
            |entry| entry["verification"]["inclusionProof"]["hashes"] = json!(vec!["00".repeat(32); 70]),
            "rekor/proof",
        ),
    ];
    for (row, (edit, expected)) in edits.into_iter().enumerate() {
        assert_eq!(check(&edited(&honest, |reply| edit(entry(reply)))), expected, "{row}");
    }
    let more = edited(&honest, |reply| entry(reply)["attestation"] = json!({}));
    assert_eq!(check(&more), "", "unknown members are left alone");
}

#[test]
fn only_what_was_sent_is_accepted() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let honest = world.log_v1(&signed).body;
    let good = world.expect_v1(&signed);
    let spaced = format!("{} ", signed.envelope);
    let other = SigningKey::derive(&Seed::new([6; 32]), "other", Algorithm::P256).spki();
    let bent = [
        Expected { envelope_json: &spaced, ..good },
        Expected { payload: b"{}", ..good },
        Expected { signature: b"other", ..good },
        Expected { signer: Signer::PublicKey(&signed.spki), ..good },
        Expected { signer: Signer::Certificate(&other), ..good },
    ];
    for expected in bent {
        assert_eq!(code(read_entry(&honest, &expected)), "rekor/other-entry");
    }
}

#[test]
fn the_time_of_the_log_fits_call_and_certificate() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let honest = world.log_v1(&signed).body;
    let good = world.expect_v1(&signed);
    let check = |now, leaf_validity| code(read_entry(&honest, &Expected { now, leaf_validity, ..good }));
    let wrong = "rekor/time";
    for (now, expected) in [(NOW - 301, wrong), (NOW - 300, ""), (NOW + 300, ""), (NOW + 301, wrong)] {
        assert_eq!(check(Some(at(now)), None), expected, "{now}");
    }
    assert_eq!(check(None, Some((at(NOW), at(NOW)))), "");
    assert_eq!(check(None, Some((at(NOW + 1), at(NOW + 2)))), wrong);
    assert_eq!(check(None, Some((at(NOW - 2), at(NOW - 1)))), wrong);
}

#[test]
fn a_retired_log_promises_nothing() {
    for (end, expected) in [(NOW - 1, "rekor/promise"), (NOW, "")] {
        let mut instance = instance();
        instance.rekor_v1[0].log.window = Some(Window::between(instance.start(), end));
        let mut world = World::new(instance);
        let signed = world.sign(true);
        let reply = world.log_v1(&signed);
        assert_eq!(code(read_entry(&reply.body, &world.expect_v1(&signed))), expected);
    }
}
