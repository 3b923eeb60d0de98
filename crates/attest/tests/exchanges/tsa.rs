//! Timestamps: T1 to T6.

use cretula_attest::exchange::tsa::{ExpectedTimestamp, Query, read_response};
use cretula_crypto::HashAlgorithm;
use cretula_encoding::hex;
use cretula_testkit::serve::{Place, TsaLie, timestamp_query};
use cretula_testkit::{Instance, Window};

use crate::support::{NONCE, NOW, World, at, code, instance};

const TSA: Place = Place::Tsa(0);

#[test]
fn queries_are_those_of_an_independent_encoder() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    assert_eq!(signed.query().encode().unwrap(), timestamp_query(&signed.signature, &NONCE));
}

#[test]
fn honest_timestamps_pass_and_pass_again() {
    for keyless in [true, false] {
        let mut world = World::new(instance());
        let signed = world.sign(keyless);
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            let query = Query { hash, nonce: Some([0xff; 8]), policy: Some("1.2.3.4.5"), ..signed.query() };
            let reply = world.stamp(&query);
            assert_eq!(reply.status, 200);
            let mut expected = ExpectedTimestamp { query, ..world.expect_timestamp(&signed) };
            let found = read_response(&reply.body, &expected).unwrap();
            assert_eq!((&found.response, found.time), (&reply.body, at(NOW)));
            let signer = world.services.instance().timestamp_authorities[0].signer_certificate();
            assert_eq!(found.authority, hex::encode(HashAlgorithm::Sha256.digest(&[&signer]).as_bytes()));
            expected.now = None;
            assert_eq!(read_response(&found.response, &expected), Ok(found.clone()));
        }
    }
}

const fn expected_code(lie: TsaLie) -> &'static str {
    match lie {
        TsaLie::OtherImprint | TsaLie::OtherHash => "tsa/imprint",
        TsaLie::OtherNonce | TsaLie::NoNonce => "tsa/nonce",
        TsaLie::ForeignSigner => "tsa/chain",
        TsaLie::BrokenSignature | TsaLie::SecondCertificate => "tsa/signature",
        TsaLie::Rejected | TsaLie::RejectedWithToken => "tsa/status",
        TsaLie::TrailingByte => "tsa/format",
        TsaLie::EarlyTime | TsaLie::FutureTime => "tsa/time",
        TsaLie::TimeBeforeWindow => "tsa/window",
        // No policy was asked for; the other authority is known, too.
        TsaLie::OtherAuthority | TsaLie::OtherPolicy => "",
    }
}

#[test]
fn every_lie_has_its_code() {
    for lie in TsaLie::ALL {
        for keyless in [true, false] {
            let mut world = World::lying(TSA, *lie);
            let signed = world.sign(keyless);
            let reply = world.stamp(&signed.query());
            let found = code(read_response(&reply.body, &world.expect_timestamp(&signed)));
            assert_eq!(found, expected_code(*lie), "{lie:?}");
        }
    }
}

#[test]
fn a_policy_that_was_asked_for_is_demanded() {
    let mut world = World::lying(TSA, TsaLie::OtherPolicy);
    let signed = world.sign(false);
    let query = Query { policy: Some("1.2.3.5"), ..signed.query() };
    let reply = world.stamp(&query);
    let expected = ExpectedTimestamp { query, ..world.expect_timestamp(&signed) };
    assert_eq!(code(read_response(&reply.body, &expected)), "tsa/policy");
}

#[test]
fn another_hash_of_the_same_bytes_is_another_imprint() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    let reply = world.stamp(&Query { hash: HashAlgorithm::Sha512, ..signed.query() });
    assert_eq!(code(read_response(&reply.body, &world.expect_timestamp(&signed))), "tsa/imprint");
}

#[test]
fn another_authority_signs_under_its_own_certificate() {
    let mut world = World::lying(TSA, TsaLie::OtherAuthority);
    let signed = world.sign(false);
    let reply = world.stamp(&signed.query());
    let signer = world.services.instance().timestamp_authorities[1].signer_certificate();
    let found = read_response(&reply.body, &world.expect_timestamp(&signed)).unwrap();
    assert_eq!(found.authority, hex::encode(HashAlgorithm::Sha256.digest(&[&signer]).as_bytes()));
}

/// The window of one authority is no window of the other.
#[test]
fn windows_are_not_mixed() {
    for (end, expected) in [(NOW - 1, "tsa/window"), (NOW, "")] {
        let mut instance: Instance = instance();
        instance.timestamp_authorities[0].window = Some(Window::between(instance.start(), end));
        let mut world = World::new(instance);
        let signed = world.sign(false);
        let reply = world.stamp(&signed.query());
        assert_eq!(code(read_response(&reply.body, &world.expect_timestamp(&signed))), expected);
    }
}

/// Whether or not the trusted root names the signer, a certificate for other purposes stamps nothing.
#[test]
fn a_signer_for_other_purposes_is_refused() {
    for (lists_signer, expected) in [(true, "tsa/signature"), (false, "tsa/profile")] {
        let mut instance: Instance = instance();
        instance.timestamp_authorities[0].lists_signer = lists_signer;
        let mut world = World::new(instance);
        world.services.lie(TSA, TsaLie::SecondCertificate, 1);
        let signed = world.sign(false);
        let reply = world.stamp(&signed.query());
        assert_eq!(code(read_response(&reply.body, &world.expect_timestamp(&signed))), expected);
        let honest = world.stamp(&signed.query());
        assert_eq!(code(read_response(&honest.body, &world.expect_timestamp(&signed))), "");
    }
}

#[test]
fn the_time_fits_call_and_certificate() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    let reply = world.stamp(&signed.query()).body;
    let good = world.expect_timestamp(&signed);
    let check =
        |now, leaf_validity| code(read_response(&reply, &ExpectedTimestamp { now, leaf_validity, ..good }));
    let wrong = "tsa/time";
    for (now, expected) in [(NOW - 301, wrong), (NOW - 300, ""), (NOW + 300, ""), (NOW + 301, wrong)] {
        assert_eq!(check(Some(at(now)), None), expected, "{now}");
    }
    assert_eq!(check(None, Some((at(NOW), at(NOW)))), "");
    assert_eq!(check(None, Some((at(NOW + 1), at(NOW + 2)))), wrong);
    assert_eq!(check(None, Some((at(NOW - 2), at(NOW - 1)))), wrong);
}

#[test]
fn without_an_authority_nothing_is_a_timestamp() {
    let mut world = World::new(instance());
    let signed = world.sign(false);
    let reply = world.stamp(&signed.query());
    let mut nobody = instance();
    nobody.timestamp_authorities.clear();
    world.root = World::new(nobody).root;
    assert_eq!(code(read_response(&reply.body, &world.expect_timestamp(&signed))), "tsa/chain");
    assert_eq!(code(read_response(b"", &world.expect_timestamp(&signed))), "tsa/format");
}
