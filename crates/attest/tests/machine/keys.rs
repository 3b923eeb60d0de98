//! Keys: every algorithm, every encoding, and handles that misbehave.

use cretula_attest::machine::{Action, HostError, KeyReply, Reply, SignatureReply, Step};
use cretula_crypto::KeyDetails;
use cretula_encoding::der::{self, Tag};
use cretula_testkit::Algorithm;
use serde_json::json;

use crate::faults::failure;
use crate::runs::finished;
use crate::world::{KeyLie, World};

const P256: KeyDetails = KeyDetails::PKIX_ECDSA_P256_SHA_256;

fn managed(algorithm: Algorithm, details: KeyDetails, version: u8) -> World {
    let mut world = World::new("managed");
    world.add_key("managed", algorithm, details);
    match version {
        0 => world.signing_config()["rekorTlogUrls"] = json!([]),
        1 => world.mode()["maxRekorVersion"] = json!(1),
        _ => {}
    }
    world
}

#[test]
fn every_algorithm_with_every_kind_of_evidence() {
    let rows = [
        (Algorithm::P256, P256, [true, true, true]),
        (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384, [true, true, true]),
        (Algorithm::P521, KeyDetails::PKIX_ECDSA_P521_SHA_512, [true, true, true]),
        (Algorithm::Ed25519, KeyDetails::PKIX_ED25519, [true, true, false]),
        (Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH, [true, false, true]),
        (Algorithm::Rsa(3072), KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256, [true, true, true]),
        (Algorithm::Rsa(3072), KeyDetails::PKIX_RSA_PSS_3072_SHA256, [true, false, false]),
    ];
    for (algorithm, details, allowed) in rows {
        for (version, is_allowed) in (0..).zip(allowed) {
            let mut world = managed(algorithm, details, version);
            let step = world.run();
            if is_allowed {
                finished(step);
            } else {
                assert_eq!(failure(step).error.code(), "profile/algorithm", "{details:?} v{version}");
            }
        }
    }
}

#[test]
fn a_bundle_has_a_key_of_p384_if_the_host_makes_one() {
    let mut world = World::new("public-v2");
    world.ephemeral_details = KeyDetails::PKIX_ECDSA_P384_SHA_384;
    let step = world.run();
    finished(step);
}

fn lying(lie: KeyLie) -> &'static str {
    let mut world = managed(Algorithm::P256, P256, 2);
    world.key_lie = Some(lie);
    let step = world.run();
    let failure = failure(step);
    assert!(!failure.resumable && failure.evidence.log_entries.is_empty());
    assert!(world.services.exchanges().is_empty(), "nothing leaves before the signature is checked");
    failure.error.code()
}

fn bent(bend: impl Fn(&mut SignatureReply) + 'static) -> &'static str {
    lying(Box::new(move |mut reply| {
        bend(&mut reply);
        Reply::Signature(reply)
    }))
}

/// r and s of an ECDSA signature in DER.
fn numbers(signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reader = der::single(signature, Tag::SEQUENCE).unwrap().reader();
    let mut number = || reader.expect(Tag::INTEGER).unwrap().unsigned().unwrap().to_vec();
    (number(), number())
}

fn fixed(number: &[u8], width: usize) -> Vec<u8> {
    [vec![0; width - number.len()], number.to_vec()].concat()
}

#[test]
fn row_23_p1363_is_converted() {
    for (algorithm, details, width) in [
        (Algorithm::P256, P256, 32),
        (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384, 48),
        (Algorithm::P521, KeyDetails::PKIX_ECDSA_P521_SHA_512, 66),
    ] {
        let mut world = managed(algorithm, details, 2);
        world.key_lie = Some(Box::new(move |mut reply| {
            let (r, s) = numbers(&reply.signature);
            reply.signature = [fixed(&r, width), fixed(&s, width)].concat();
            reply.encoding = "p1363".into();
            Reply::Signature(reply)
        }));
        let step = world.run();
        finished(step);
    }
}

#[test]
fn row_23_high_s_is_accepted_and_kept() {
    // n of P-256.
    const ORDER: [u8; 32] =
        hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut world = managed(Algorithm::P256, P256, 2);
    world.key_lie = Some(Box::new(|mut reply| {
        let (r, s) = numbers(&reply.signature);
        let mut other = Vec::new();
        let mut borrow = 0_i16;
        for (left, right) in ORDER.iter().zip(fixed(&s, 32)).rev() {
            let difference = i16::from(*left) - i16::from(right) - borrow;
            borrow = i16::from(difference < 0);
            other.push(u8::try_from(difference.rem_euclid(256)).unwrap());
        }
        other.reverse();
        let r = fixed(&r, 32);
        reply.signature = [r, other].concat();
        reply.encoding = "p1363".into();
        Reply::Signature(reply)
    }));
    let step = world.run();
    finished(step);
}

#[test]
fn row_23_other_forms_are_refused() {
    let encoding = "key/encoding";
    assert_eq!(bent(|reply| reply.encoding = "raw".into()), encoding);
    assert_eq!(bent(|reply| reply.encoding = "p1363".into()), encoding);
    assert_eq!(bent(|reply| reply.encoding = "DER".into()), encoding);
    assert_eq!(bent(|reply| reply.signature.push(0)), encoding);
    assert_eq!(bent(|reply| reply.signature.truncate(8)), encoding);
    assert_eq!(bent(|reply| reply.signature.clear()), encoding);
    assert_eq!(bent(|reply| reply.signature = vec![0x55; 4096]), encoding);
    assert_eq!(
        bent(|reply| {
            let (r, s) = numbers(&reply.signature);
            let long = der::encode(Tag::INTEGER, &[&[0, 0], &r]);
            reply.signature = der::encode(Tag::SEQUENCE, &[&long, &der::encode(Tag::INTEGER, &[&s])]);
        }),
        encoding
    );
    let zero = der::encode(Tag::INTEGER, &[&[0]]);
    let one = der::encode(Tag::INTEGER, &[&[1]]);
    let (first, second) =
        (der::encode(Tag::SEQUENCE, &[&zero, &one]), der::encode(Tag::SEQUENCE, &[&one, &zero]));
    assert_eq!(bent(move |reply| reply.signature.clone_from(&first)), encoding);
    assert_eq!(bent(move |reply| reply.signature.clone_from(&second)), encoding);
}

#[test]
fn row_24_signatures_that_do_not_verify() {
    let one = der::encode(Tag::INTEGER, &[&[1]]);
    let ones = der::encode(Tag::SEQUENCE, &[&one, &one]);
    assert_eq!(bent(move |reply| reply.signature.clone_from(&ones)), "key/self-check");
    // Another scheme than the algorithm says: PSS for PKCS#1, the message for its digest, SHA-256 for SHA-384.
    for (algorithm, says, signs) in [
        (
            Algorithm::Rsa(3072),
            KeyDetails::PKIX_RSA_PKCS1V15_3072_SHA256,
            KeyDetails::PKIX_RSA_PSS_3072_SHA256,
        ),
        (Algorithm::Ed25519, KeyDetails::PKIX_ED25519_PH, KeyDetails::PKIX_ED25519),
        (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384, KeyDetails::PKIX_ECDSA_P384_SHA_256),
    ] {
        let mut world = managed(algorithm, says, 2);
        let step = world.begin();
        let key = world.perform(&step.action).unwrap();
        let step = world.resume(&step, key);
        world.keys.get_mut("managed").unwrap().details = signs;
        let reply = world.perform(&step.action).unwrap();
        let step = world.resume(&step, reply);
        assert_eq!(failure(step).error.code(), "key/self-check", "{says:?}");
    }
}

#[test]
fn row_24_a_rotated_key_is_read_again_once() {
    let mut world = managed(Algorithm::P256, P256, 2);
    let step = world.begin();
    let key = world.perform(&step.action).unwrap();
    let step = world.resume(&step, key);
    world.add_key("managed", Algorithm::P256, P256);
    world.keys.get_mut("managed").unwrap().version = Some("2".into());
    let step = world.go_on(step);
    finished(step);
    let keys = world.steps.iter().filter(|step| **step == "need-key").count();
    assert_eq!(keys, 2);

    assert_eq!(bent(|reply| reply.version = Some("9".into())), "key/version");
    assert_eq!(lying(Box::new(|_| Reply::Error(HostError::WrongVersion))), "key/version");
}

#[test]
fn what_a_host_says_of_a_key() {
    let says = |bend: fn(&mut World)| {
        let mut world = managed(Algorithm::P256, P256, 2);
        bend(&mut world);
        let step = world.run();
        failure(step).error.code()
    };
    assert_eq!(says(|world| drop(world.keys.remove("managed"))), "key/denied");
    let details = |world: &mut World, details| world.keys.get_mut("managed").unwrap().details = details;
    assert_eq!(
        says(|world| world.keys.get_mut("managed").unwrap().details = KeyDetails::PKIX_ECDSA_P384_SHA_384),
        "key/public"
    );
    assert_eq!(
        says(|world| world.keys.get_mut("managed").unwrap().details =
            KeyDetails::PKIX_RSA_PKCS1V15_2048_SHA256),
        "key/algorithm"
    );
    let mut world = managed(Algorithm::P256, P256, 2);
    details(&mut world, P256);
    let step = world.begin();
    for (bend, code) in [
        (0, "key/public"),
        (1, "key/algorithm"),
        (2, "key/chain"),
        (3, "limits/chain"),
        (4, "limits/certificate-bytes"),
        (5, "key/public"),
    ] {
        let Some(Reply::Key(mut key)) = world.perform(&step.action) else { panic!("no key") };
        match bend {
            0 => key.public_key.push(0),
            1 => key.algorithm = "PKIX_ECDSA_P256_SHA_256 ".into(),
            2 => key.chain = vec![vec![0x30, 0]],
            3 => key.chain = vec![vec![0x30, 0]; 5],
            4 => key.chain = vec![vec![0x30; (16 << 10) + 1]],
            _ => key.key_id = "k".repeat(257),
        }
        let step = world.resume(&step, Reply::Key(key));
        assert_eq!(failure(step).error.code(), code);
    }
}

#[test]
fn row_25_a_key_that_never_answers() {
    for error in
        [HostError::TimedOut, HostError::Unavailable, HostError::Throttled { retry_after_ms: Some(5000) }]
    {
        let mut world = managed(Algorithm::P256, P256, 2);
        world.key_lie = Some(Box::new(move |_| Reply::Error(error)));
        let step = world.run();
        let failed = failure(step.clone());
        assert_eq!((failed.error.code(), failed.resumable), ("key/unavailable", true), "{error:?}");
        world.key_lie = None;
        let step = world.resume(&step, Reply::Again { deadline: None });
        let step = world.go_on(step);
        finished(step);
    }
    for error in [HostError::Denied, HostError::Other, HostError::TooLarge, HostError::Redirected] {
        assert_eq!(lying(Box::new(move |_| Reply::Error(error))), "key/denied", "{error:?}");
    }
}

#[test]
fn two_messages_with_one_nonce() {
    let mut world = World::new("public-v2");
    let mut first: Option<Vec<u8>> = None;
    world.key_lie = Some(Box::new(move |mut reply| {
        // The second signature has the r of the first one and, of course, does not verify; K5 comes first.
        match &first {
            Some(signature) => reply.signature.clone_from(signature),
            None => first = Some(reply.signature.clone()),
        }
        Reply::Signature(reply)
    }));
    let step = world.run();
    assert_eq!(failure(step).error.code(), "key/self-check");
}

/// r and s by the key 1 with the nonce 1: r is the abscissa of the generator of P-256, s the digest and r.
fn signed_with_one(message: &[u8]) -> SignatureReply {
    const R: [u8; 32] = hex_literal::hex!("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    const ORDER: [u8; 32] =
        hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[message]);
    let mut carry = 0_u16;
    let mut sum = [0_u8; 33];
    for (place, (one, other)) in digest.as_bytes().iter().zip(R).enumerate().rev() {
        let total = u16::from(*one) + u16::from(other) + carry;
        (sum[place + 1], carry) = (u8::try_from(total & 0xff).unwrap(), total >> 8);
    }
    sum[0] = u8::try_from(carry).unwrap();
    let mut order = vec![0];
    order.extend(ORDER);
    while sum.as_slice() >= order.as_slice() {
        let mut borrow = 0_i16;
        for (left, right) in sum.iter_mut().zip(&order).rev() {
            let difference = i16::from(*left) - i16::from(*right) - borrow;
            borrow = i16::from(difference < 0);
            *left = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
    }
    let signature = [R.as_slice(), &sum[1..]].concat();
    SignatureReply { signature, encoding: "p1363".into(), version: None }
}

#[test]
fn row_24_a_nonce_that_comes_twice() {
    let mut world = World::new("public-v2");
    let step = world.begin();
    let key = KeyReply {
        public_key: crate::vectors::SPKI.to_vec(),
        algorithm: P256.name().into(),
        key_id: "one".into(),
        version: None,
        chain: Vec::new(),
    };
    let step = world.resume(&step, Reply::Key(key));
    let sign = |step: &Step| match &step.action {
        Action::NeedSignature { message, .. } => Reply::Signature(signed_with_one(message)),
        other => panic!("{other:?}"),
    };
    let step = world.resume(&step, sign(&step));
    let reply = world.perform(&step.action).unwrap();
    let step = world.resume(&step, reply);
    let step = world.resume(&step, sign(&step));
    let failed = failure(step);
    assert_eq!((failed.error.code(), failed.resumable), ("key/nonce-reuse", false));
    assert_eq!(failed.evidence.certificates.len(), 1);
}
