//! Limits of replies, each at its value and one above.

use cretula_attest::exchange::{REPLY_BYTES, fulcio, rekor_tiles, rekor_v1, rekor_v2, tsa};
use cretula_encoding::limits::Limits;
use serde_json::{Value, json};

use crate::support::{NOW, World, at, code, edited, instance};

/// White space until the text has this length.
fn padded(body: &[u8], length: usize) -> Vec<u8> {
    let mut padded = body.to_vec();
    padded.resize(length, b' ');
    padded
}

#[test]
fn replies_have_a_longest_length() {
    let mut world = World::new(instance());
    let (signed, certificate) = (world.sign(true), world.ask_for_certificate().body);
    let (v1, v2) = (world.log_v1(&signed).body, world.log_v2(&signed).body);
    for (length, expected) in [(REPLY_BYTES, ""), (REPLY_BYTES + 1, "limits/reply-bytes")] {
        assert_eq!(code(world.read_certificate(&padded(&certificate, length), NOW)), expected);
        let found = rekor_v1::read_entry(&padded(&v1, length), &world.expect_v1(&signed));
        assert_eq!(code(found), expected);
        let found = rekor_v2::read_entry(&padded(&v2, length), &world.expect_v2(&signed, &[at(NOW)]));
        assert_eq!(code(found), expected);
    }
    let long = vec![b'a'; REPLY_BYTES + 1];
    assert_eq!(code(rekor_tiles::plan(&long, 0, &world.means())), "limits/reply-bytes");
}

#[test]
fn certificates_have_a_longest_length_and_chains_a_last_one() {
    let mut world = World::new(instance());
    let reply = world.ask_for_certificate().body;
    let issued = world.read_certificate(&reply, NOW).unwrap();
    let longest = issued.unverified_issuers.iter().chain([&issued.leaf]).map(Vec::len).max().unwrap();
    let chain = issued.unverified_issuers.len() + 1;
    for (limits, expected) in [
        (Limits { certificate_bytes: longest, ..Limits::default() }, ""),
        (Limits { certificate_bytes: longest - 1, ..Limits::default() }, "fulcio/format"),
        (Limits { chain, ..Limits::default() }, ""),
        (Limits { chain: chain - 1, ..Limits::default() }, "fulcio/format"),
    ] {
        world.limits = limits;
        assert_eq!(code(world.read_certificate(&reply, NOW)), expected);
    }
    assert_eq!((Limits::default().certificate_bytes, Limits::default().chain), (16 << 10, 4));
    world.limits = Limits { certificate_bytes: issued.leaf.len() - 1, ..Limits::default() };
    let spki = world.key.spki();
    let stored = fulcio::check_stored_certificate(&issued.leaf, &world.expect_certificate(&spki, NOW));
    assert_eq!(code(stored), "fulcio/format");
}

#[test]
fn issuers_are_counted_before_they_are_read() {
    let mut world = World::new(instance());
    let reply = world.ask_for_certificate().body;
    for (more, expected) in [(1, ""), (2, "fulcio/format")] {
        let longer = edited(&reply, |reply| {
            let list = &mut reply["signedCertificateEmbeddedSct"]["chain"]["certificates"];
            let issuer = list[1].clone();
            list.as_array_mut().unwrap().extend(vec![issuer; more]);
        });
        assert_eq!(code(world.read_certificate(&longer, NOW)), expected, "{more}");
    }
}

#[test]
fn checkpoints_have_a_longest_length() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let (v1, v2) = (world.log_v1(&signed).body, world.log_v2(&signed).body);
    let length = |checkpoint: &Value| checkpoint.as_str().unwrap().len();
    let entry: Value = serde_json::from_slice(&v2).unwrap();
    let of_v2 = length(&entry["inclusionProof"]["checkpoint"]["envelope"]);
    let entries: Value = serde_json::from_slice(&v1).unwrap();
    let entry = entries.as_object().unwrap().values().next().unwrap();
    let of_v1 = length(&entry["verification"]["inclusionProof"]["checkpoint"]);
    let text = entry["verification"]["inclusionProof"]["checkpoint"].as_str().unwrap().to_owned();
    assert_ne!(json!(text), json!(null));
    for (below, expected) in [(0, ""), (1, "limits/checkpoint-bytes")] {
        world.limits = Limits { checkpoint_bytes: of_v1 - below, ..Limits::default() };
        assert_eq!(code(rekor_v1::read_entry(&v1, &world.expect_v1(&signed))), expected);
        world.limits = Limits { checkpoint_bytes: of_v2 - below, ..Limits::default() };
        let found = rekor_v2::read_entry(&v2, &world.expect_v2(&signed, &[at(NOW)]));
        assert_eq!(code(found), expected);
    }
    assert_eq!(Limits::default().checkpoint_bytes, 256 << 10);
}

#[test]
fn tokens_have_a_longest_length() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    let reply = world.stamp(&signed.query()).body;
    for (below, expected) in [(0, ""), (1, "limits/token-bytes")] {
        world.limits = Limits { token_bytes: reply.len() - below, ..Limits::default() };
        assert_eq!(code(tsa::read_response(&reply, &world.expect_timestamp(&signed))), expected);
    }
    assert_eq!(Limits::default().token_bytes, 64 << 10);
}
