//! Replies with one changed byte: refused, or they say the same.

use cretula_attest::exchange::{rekor_v1, rekor_v2, tsa};

use crate::support::{NOW, World, at, code, instance};

/// Every seventh byte, bent in three ways.
fn bent(reply: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let masks = [0x01, 0x20, 0x80];
    (0..reply.len()).step_by(7).flat_map(move |position| {
        masks.map(|mask| {
            let mut bent = reply.to_vec();
            bent[position] ^= mask;
            bent
        })
    })
}

#[test]
fn certificates_do_not_change_unseen() {
    let mut world = World::new(instance());
    let reply = world.ask_for_certificate().body;
    let honest = world.read_certificate(&reply, NOW).unwrap();
    let mut refused = 0;
    for bent in bent(&reply) {
        match world.read_certificate(&bent, NOW) {
            Ok(issued) => assert_eq!(issued.leaf, honest.leaf),
            Err(error) => {
                assert!(error.code().starts_with("fulcio/") || error.code().starts_with("claims/"));
                refused += 1;
            }
        }
    }
    assert!(refused > reply.len() / 7 * 2, "{refused}");
}

#[test]
fn log_entries_do_not_change_unseen() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let (v1, v2) = (world.log_v1(&signed).body, world.log_v2(&signed).body);
    let times = [at(NOW)];
    let (expected_v1, expected_v2) = (world.expect_v1(&signed), world.expect_v2(&signed, &times));
    let honest = rekor_v1::read_entry(&v1, &expected_v1).unwrap();
    for bent in bent(&v1) {
        let found = rekor_v1::read_entry(&bent, &expected_v1);
        assert!(found.as_ref().map_or(true, |found| *found == honest), "{found:?}");
    }
    let honest = rekor_v2::read_entry(&v2, &expected_v2).unwrap();
    for bent in bent(&v2) {
        let found = rekor_v2::read_entry(&bent, &expected_v2);
        assert!(found.as_ref().map_or(true, |found| *found == honest), "{found:?}");
    }
}

#[test]
fn timestamps_do_not_change_unseen() {
    let mut world = World::new(instance());
    let signed = world.sign(true);
    let reply = world.stamp(&signed.query()).body;
    let expected = world.expect_timestamp(&signed);
    let honest = tsa::read_response(&reply, &expected).unwrap();
    for bent in bent(&reply) {
        let found = tsa::read_response(&bent, &expected).map(|found| (found.time, found.authority));
        assert!(found.as_ref().map_or(true, |found| *found == (honest.time, honest.authority.clone())));
    }
}

#[test]
fn cut_replies_are_refused() {
    let mut world = World::new(instance());
    let (signed, certificate) = (world.sign(true), world.ask_for_certificate().body);
    let (v1, v2) = (world.log_v1(&signed).body, world.log_v2(&signed).body);
    let token = world.stamp(&signed.query()).body;
    for length in (0..v2.len()).step_by(7) {
        let found = rekor_v2::read_entry(&v2[..length], &world.expect_v2(&signed, &[at(NOW)]));
        assert_eq!(code(found), "rekor/format");
    }
    for length in (0..v1.len()).step_by(7) {
        let found = rekor_v1::read_entry(&v1[..length], &world.expect_v1(&signed));
        assert_eq!(code(found), "rekor/format");
    }
    for length in (0..certificate.len()).step_by(7) {
        assert_eq!(code(world.read_certificate(&certificate[..length], NOW)), "fulcio/format");
    }
    for length in 0..token.len() {
        let found = tsa::read_response(&token[..length], &world.expect_timestamp(&signed));
        assert_eq!(code(found), "tsa/format");
    }
}
