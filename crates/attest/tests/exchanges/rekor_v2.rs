//! Entries of Rekor v2: M1 to M6.

use cretula_attest::exchange::rekor_v2::{Submission, check_stored_entry, read_entry, takes};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails, SignatureScheme};
use cretula_encoding::{base64, hex};
use cretula_testkit::serve::{Place, RekorV2Lie};
use cretula_testkit::{Algorithm, Instance, Seed, SigningKey, Window};
use serde_json::{Value, json};

use crate::support::{NOW, Signed, World, at, code, edited, instance};

const LOG: Place = Place::RekorV2(0);

fn check(world: &World, signed: &Signed, body: &[u8]) -> &'static str {
    code(read_entry(body, &world.expect_v2(signed, &[at(NOW)])))
}

#[test]
fn the_request_is_the_documented_one() {
    let mut world = World::new(instance());
    for keyless in [true, false] {
        let signed = world.sign(keyless);
        let body: Value = serde_json::from_slice(&signed.submission().request_body().unwrap()).unwrap();
        let (member, der) = match &signed.certificate {
            Some(certificate) => ("x509Certificate", &certificate.leaf),
            None => ("publicKey", &signed.spki),
        };
        let expected = json!({"hashedRekordRequestV002": {
            "digest": base64::encode(signed.digest.as_bytes()),
            "signature": {
                "content": base64::encode(&signed.signature),
                "verifier": {"keyDetails": "PKIX_ECDSA_P256_SHA_256", member: {"rawBytes": base64::encode(der)}},
            },
        }});
        assert_eq!(body, expected);
    }
}

#[test]
fn logs_take_what_they_document() {
    let taken: Vec<_> =
        KeyDetails::ALL.iter().filter(|details| takes(**details)).map(|details| details.name()).collect();
    assert_eq!(
        taken,
        [
            "PKIX_ECDSA_P256_SHA_256",
            "PKIX_ED25519_PH",
            "PKIX_RSA_PKCS1V15_2048_SHA256",
            "PKIX_RSA_PKCS1V15_3072_SHA256",
            "PKIX_RSA_PKCS1V15_4096_SHA256",
            "PKIX_ECDSA_P384_SHA_384",
            "PKIX_ECDSA_P521_SHA_512",
        ]
    );
    let mut world = World::new(instance());
    let signed = world.sign(false);
    for details in [KeyDetails::PKIX_ED25519, KeyDetails::PKIX_RSA_PSS_3072_SHA256] {
        let submission = Submission { details, ..signed.submission() };
        assert_eq!(code(submission.request_body()), "profile/algorithm");
    }
}

#[test]
fn honest_entries_pass_and_pass_again() {
    for (algorithm, scheme) in [
        (Algorithm::P256, None),
        (Algorithm::P384, None),
        (Algorithm::P521, None),
        (Algorithm::Rsa(3072), None),
        (Algorithm::Ed25519, Some(SignatureScheme::Ed25519Ph)),
    ] {
        let mut world = World::new(instance());
        world.key = SigningKey::derive(&Seed::new([4; 32]), "managed", algorithm);
        world.scheme = scheme;
        let signed = world.sign(false);
        let reply = world.log_v2(&signed);
        assert_eq!(reply.status, 201);
        let times = [at(NOW)];
        let expected = world.expect_v2(&signed, &times);
        let found = read_entry(&reply.body, &expected).unwrap();
        assert_eq!(found.integrated_time, None);
        assert_eq!(found.log_id, hex::encode(&world.services.instance().rekor_v2[0].log.id));
        assert_eq!(check_stored_entry(&found.encode(), &expected), Ok(found));
    }
}

/// The entry of an honest log goes into the bundle as it came, but for order and unknown members.
#[test]
fn the_bundle_form_is_that_of_the_reply() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let reply = world.log_v2(&signed).body;
    let bent = edited(&reply, |reply| reply["more"] = json!([{"a": 1}]));
    let times = [at(NOW)];
    let expected = world.expect_v2(&signed, &times);
    for body in [&reply, &bent] {
        let found: Value = serde_json::from_slice(&read_entry(body, &expected).unwrap().encode()).unwrap();
        let mut said: Value = serde_json::from_slice(&reply).unwrap();
        said.as_object_mut().unwrap().remove("inclusionPromise");
        assert_eq!(found, said);
    }
    let spoiled = edited(&reply, |reply| {
        reply["integratedTime"] = json!("77");
        reply["inclusionProof"]["rootHash"] = json!("AAAA");
        reply["inclusionProof"]["treeSize"] = json!("1");
        reply["inclusionProof"]["logIndex"] = json!("99");
    });
    assert_eq!(read_entry(&spoiled, &expected), read_entry(&reply, &expected), "these mean nothing");
    let silent = edited(&reply, |reply| {
        for member in ["rootHash", "treeSize", "logIndex"] {
            reply["inclusionProof"].as_object_mut().unwrap().remove(member);
        }
        reply.as_object_mut().unwrap().remove("integratedTime");
    });
    assert_eq!(read_entry(&silent, &expected), read_entry(&reply, &expected));
}

const fn expected_code(lie: RekorV2Lie) -> &'static str {
    match lie {
        RekorV2Lie::OtherEntry | RekorV2Lie::OtherVerifier => "rekor/other-entry",
        RekorV2Lie::OtherKind
        | RekorV2Lie::Frozen
        | RekorV2Lie::Conflict
        | RekorV2Lie::ConflictWithoutIndex => "rekor/format",
        RekorV2Lie::WrongIndex
        | RekorV2Lie::WrongProof
        | RekorV2Lie::CheckpointOfOtherTree
        | RekorV2Lie::StaleCheckpoint => "rekor/proof",
        RekorV2Lie::CheckpointOfOtherLog => "rekor/origin",
        RekorV2Lie::ForeignCheckpoint | RekorV2Lie::BrokenCheckpoint | RekorV2Lie::UnsignedCheckpoint => {
            "rekor/checkpoint"
        }
    }
}

#[test]
fn every_lie_has_its_code() {
    for lie in RekorV2Lie::ALL {
        for keyless in [true, false] {
            let mut world = World::lying(LOG, *lie);
            let signed = world.sign(keyless);
            let reply = world.log_v2(&signed);
            // What has another status is no entry, if anybody reads it as one.
            assert_eq!(check(&world, &signed, &reply.body), expected_code(*lie), "{lie:?}");
        }
    }
}

type Edit = fn(&mut Value);

#[test]
fn malformed_replies_have_one_code() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let honest = world.log_v2(&signed).body;
    let text = String::from_utf8(honest.clone()).unwrap();
    let cut = text.strip_prefix('{').unwrap();
    let two = format!("{text},{text}");
    let nested = format!("{text}],[{text}");
    let twice = text.replacen('{', "{\"logIndex\":\"1\",", 1);
    for body in ["", "[]", "{}", "null", "1", &two, &nested, &twice, cut] {
        assert_eq!(check(&world, &signed, body.as_bytes()), "rekor/format", "{body:.40}");
    }
    let edits: [(Edit, &str); 14] = [
        (|entry| entry["kindVersion"]["kind"] = json!("dsse"), "rekor/format"),
        (|entry| entry["kindVersion"]["version"] = json!("0.0.1"), "rekor/format"),
        (|entry| entry["kindVersion"] = json!({"kind": "future", "version": "9"}), "rekor/format"),
        (|entry| entry["canonicalizedBody"] = json!(null), "rekor/format"),
        (|entry| entry["canonicalizedBody"] = json!("AAAA"), "rekor/other-entry"),
        (|entry| entry["inclusionPromise"] = json!({"signedEntryTimestamp": "AAAA"}), "rekor/format"),
        (|entry| entry["logIndex"] = json!(6), "rekor/format"),
        (|entry| entry["logIndex"] = json!("0"), "rekor/proof"),
        (|entry| entry["logId"]["keyId"] = json!("AAAA"), "rekor/checkpoint"),
        (|entry| entry["inclusionProof"] = json!(null), "rekor/proof"),
        (|entry| entry["inclusionProof"]["hashes"] = json!([]), "rekor/proof"),
        (|entry| entry["inclusionProof"]["hashes"] = json!(["AAAA"]), "rekor/format"),
        (|entry| entry["inclusionProof"]["checkpoint"] = json!(null), "rekor/format"),
        (|entry| entry["inclusionProof"]["checkpoint"]["envelope"] = json!("note"), "rekor/checkpoint"),
    ];
    for (row, (edit, expected)) in edits.into_iter().enumerate() {
        assert_eq!(check(&world, &signed, &edited(&honest, edit)), expected, "{row}");
    }
}

#[test]
fn only_what_was_sent_is_accepted() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let honest = world.log_v2(&signed).body;
    let times = [at(NOW)];
    let good = world.expect_v2(&signed, &times);
    let other: Digest = HashAlgorithm::Sha256.digest(&[b"other"]);
    let submission = good.submission;
    for submission in [
        Submission { digest: &other, ..submission },
        Submission { signature: b"other", ..submission },
        Submission { details: KeyDetails::PKIX_ECDSA_P384_SHA_384, ..submission },
        Submission { signer: cretula_attest::exchange::Signer::PublicKey(&signed.spki), ..submission },
    ] {
        let expected = cretula_attest::exchange::rekor_v2::ExpectedEntry { submission, ..good };
        assert_eq!(code(read_entry(&honest, &expected)), "rekor/other-entry");
    }
}

#[test]
fn a_log_is_in_use_at_a_verified_time() {
    let retired = |end: Option<u64>| -> Instance {
        let mut instance = instance();
        instance.rekor_v2[0].log.window =
            end.map(|end| Window::between(instance.start(), end)).or(Some(Window::from(instance.start())));
        instance
    };
    let wrong = "rekor/window";
    let rows: [(Option<u64>, &[u64], &str); 7] = [
        (Some(NOW), &[NOW], ""),
        (Some(NOW - 1), &[NOW], wrong),
        (Some(NOW - 1), &[NOW, NOW - 1], ""),
        (Some(NOW), &[], wrong),
        (None, &[], ""),
        (None, &[NOW], ""),
        (None, &[1], wrong),
    ];
    for (end, times, expected) in rows {
        let mut world = World::new(retired(end));
        let signed = world.sign(false);
        let reply = world.log_v2(&signed);
        let times: Vec<_> = times.iter().map(|time| at(*time)).collect();
        assert_eq!(code(read_entry(&reply.body, &world.expect_v2(&signed, &times))), expected, "{end:?}");
    }
}
