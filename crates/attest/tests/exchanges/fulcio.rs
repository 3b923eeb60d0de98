//! Certificates: F1 to F8.

use cretula_attest::exchange::fulcio::{
    self, certification_request_info, check_stored_certificate, read_certificate, request_body,
};
use cretula_attest::{ExpectedExtension, ExpectedIdentity};
use cretula_crypto::KeyDetails;
use cretula_encoding::der::{self, Tag};
use cretula_encoding::{base64, hex, pem};
use cretula_pki::{Certificate, FulcioClaims, IssuerClaim};
use cretula_testkit::serve::{FulcioLie, Place, certificate_request};
use cretula_testkit::{
    Algorithm, BundleBuilder, CertificateAuthority, CertificateSpec, Identity, Instance, SctSpec, Seed,
    SigningKey, Window,
};
use serde_json::{Value, json};

use crate::support::{NOW, World, code, edited, instance};

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::derive(&Seed::new([5; 32]), "request", algorithm)
}

/// No CT log: a certificate needs no promise, so that tests can make any.
fn without_ct_log() -> Instance {
    let mut instance = instance();
    instance.ct_logs.clear();
    instance
}

#[test]
fn requests_are_those_of_an_independent_encoder() {
    for (algorithm, details) in [
        (Algorithm::P256, KeyDetails::PKIX_ECDSA_P256_SHA_256),
        (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384),
    ] {
        let key = key(algorithm);
        let known = pem::parse_block(
            certificate_request(&key, details.scheme()).as_bytes(),
            &["CERTIFICATE REQUEST"],
        )
        .unwrap();
        let info = certification_request_info(&key.spki());
        let parts = der::single(&known.der, Tag::SEQUENCE).unwrap().content();
        assert!(parts.starts_with(&info));
        let signature = key.sign(details.scheme(), &info);
        let body: Value = serde_json::from_slice(&request_body(&info, details, &signature).unwrap()).unwrap();
        let text = base64::decode(body["certificateSigningRequest"].as_str().unwrap()).unwrap();
        let made = pem::parse_block(&text, &["CERTIFICATE REQUEST"]).unwrap().der;
        let algorithm_at = info.len();
        let made = der::single(&made, Tag::SEQUENCE).unwrap().content().to_vec();
        assert_eq!(made[..algorithm_at + 12], parts[..algorithm_at + 12]);
        assert!(made.ends_with(&signature));
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
}

#[test]
fn only_keys_that_fulcio_takes_are_requested() {
    let taken: Vec<_> = KeyDetails::ALL
        .iter()
        .filter(|details| request_body(&[], **details, &[]).is_ok())
        .map(|details| details.name())
        .collect();
    assert_eq!(taken, ["PKIX_ECDSA_P256_SHA_256", "PKIX_ECDSA_P384_SHA_384"]);
    assert_eq!(code(request_body(&[], KeyDetails::PKIX_ED25519_PH, &[])), "profile/algorithm");
}

#[test]
fn an_honest_certificate_passes_and_passes_again() {
    for algorithm in [Algorithm::P256, Algorithm::P384] {
        let mut world = World::new(instance());
        world.key = key(algorithm);
        let reply = world.ask_for_certificate();
        assert_eq!(reply.status, 200);
        let issued = world.read_certificate(&reply.body, NOW).unwrap();
        assert_eq!(issued.unverified_issuers.len(), 2);
        assert_eq!((issued.not_before.secs(), issued.not_after.secs()), (NOW, NOW + 600));
        let number = hex::decode(&issued.serial).unwrap();
        assert!(number.len() == 16 && issued.leaf.windows(16).any(|window| window == number));
        let spki = world.key.spki();
        for (time, expected) in
            [(NOW, ""), (NOW + 600, ""), (NOW - 1, "fulcio/validity"), (NOW + 601, "fulcio/validity")]
        {
            let stored = check_stored_certificate(&issued.leaf, &world.expect_certificate(&spki, time));
            assert_eq!(code(stored), expected, "{time}");
        }
        let again = check_stored_certificate(&issued.leaf, &world.expect_certificate(&spki, NOW)).unwrap();
        assert_eq!((again.leaf, again.unverified_issuers.len()), (issued.leaf, 0));
    }
}

const fn expected_code(lie: FulcioLie) -> &'static str {
    match lie {
        FulcioLie::OtherIdentity | FulcioLie::OtherIssuer | FulcioLie::OtherClaim => {
            "claims/certificate-mismatch"
        }
        FulcioLie::OtherKey => "fulcio/key",
        FulcioLie::ForeignChain | FulcioLie::BrokenSignature => "fulcio/chain",
        FulcioLie::NoSct | FulcioLie::SctOfOtherCertificate | FulcioLie::SctOfUnknownLog => "fulcio/sct",
        FulcioLie::DetachedSct => "fulcio/sct-detached",
        FulcioLie::Expired | FulcioLie::NotYetValid | FulcioLie::LongLived => "fulcio/validity",
        FulcioLie::IsAuthority | FulcioLie::OtherPurpose | FulcioLie::UnknownCriticalExtension => {
            "fulcio/profile"
        }
        FulcioLie::TwoLeaves
        | FulcioLie::ManyIssuers
        | FulcioLie::EmptyChain
        | FulcioLie::OversizeCertificate
        | FulcioLie::NotPem => "fulcio/format",
    }
}

#[test]
fn every_lie_has_its_code() {
    for lie in FulcioLie::ALL {
        let mut world = World::lying(Place::Fulcio(0), *lie);
        let reply = world.ask_for_certificate();
        assert_eq!(code(world.read_certificate(&reply.body, NOW)), expected_code(*lie), "{lie:?}");
        let honest = world.ask_for_certificate();
        assert_eq!(code(world.read_certificate(&honest.body, NOW)), "", "after {lie:?}");
    }
}

#[test]
fn a_stored_certificate_is_judged_like_a_fresh_one() {
    for lie in FulcioLie::ALL {
        let mut world = World::lying(Place::Fulcio(0), *lie);
        let reply: Value = serde_json::from_slice(&world.ask_for_certificate().body).unwrap();
        let text = &reply["signedCertificateEmbeddedSct"]["chain"]["certificates"][0];
        let block = text.as_str().map(|text| pem::parse_block(text.as_bytes(), &["CERTIFICATE"]));
        let Some(Ok(leaf)) = block else { continue };
        let spki = world.key.spki();
        let found = code(check_stored_certificate(&leaf.der, &world.expect_certificate(&spki, NOW)));
        // What only a reply can have, and a life that only a new certificate may not have.
        let is_new = matches!(lie, FulcioLie::TwoLeaves | FulcioLie::ManyIssuers | FulcioLie::LongLived);
        let expected = if is_new { "" } else { expected_code(*lie) };
        assert_eq!(found, expected, "{lie:?}");
    }
}

#[test]
fn malformed_replies_have_one_code() {
    let mut world = World::new(instance());
    let honest = world.ask_for_certificate().body;
    let check = |body: &[u8]| code(world.read_certificate(body, NOW));
    let text = String::from_utf8(honest.clone()).unwrap();
    let cut = text.strip_prefix('{').unwrap();
    let twice = text.replacen("{\"chain\"", "{\"chain\":null,\"chain\"", 1);
    for body in ["", "[]", "{}", "null", "{\"signedCertificateEmbeddedSct\":1}", cut, &twice] {
        assert_eq!(check(body.as_bytes()), "fulcio/format", "{body:.40}");
    }
    let edits: [fn(&mut Value); 6] = [
        |reply| reply["signedCertificateDetachedSct"] = reply["signedCertificateEmbeddedSct"].clone(),
        |reply| reply["signedCertificateEmbeddedSct"]["chain"] = json!({}),
        |reply| reply["signedCertificateEmbeddedSct"]["chain"]["certificates"] = json!([1]),
        |reply| reply["signedCertificateEmbeddedSct"]["chain"]["certificates"][0] = json!(null),
        |reply| {
            let first = &mut reply["signedCertificateEmbeddedSct"]["chain"]["certificates"][0];
            *first = json!(format!("{}{}", first.as_str().unwrap(), first.as_str().unwrap()));
        },
        |reply| {
            let first = &mut reply["signedCertificateEmbeddedSct"]["chain"]["certificates"][0];
            *first = json!(first.as_str().unwrap().replace("CERTIFICATE", "TRUSTED CERTIFICATE"));
        },
    ];
    for edit in edits {
        assert_eq!(check(&edited(&honest, edit)), "fulcio/format");
    }
    let more = edited(&honest, |reply| reply["more"] = json!(true));
    assert_eq!(check(&more), "", "unknown members are left alone");
    let leaf_alone = edited(&honest, |reply| {
        let list = &mut reply["signedCertificateEmbeddedSct"]["chain"]["certificates"];
        *list = json!([list[0]]);
    });
    assert_eq!(check(&leaf_alone), "", "issuers in a reply are hints");
}

/// A reply with a certificate that the first authority signs.
fn reply_with(world: &World, edit: impl FnOnce(&mut CertificateSpec)) -> Vec<u8> {
    let authority = &world.services.instance().certificate_authorities[0];
    let mut identity = Identity::workflow();
    let issuer = world.identity.issuer().unwrap();
    for (number, value) in &mut identity.claims {
        match number {
            1 => *value = issuer.as_bytes().to_vec(),
            8 => *value = der::encode(Tag::UTF8_STRING, &[issuer.as_bytes()]),
            _ => {}
        }
    }
    let mut leaf = authority.leaf(&world.key, &identity, NOW);
    edit(&mut leaf);
    let issuer = &authority.issuer().key;
    let der = leaf.sign(issuer, CertificateAuthority::scheme(issuer));
    let chain = json!({"certificates": [pem::encode("CERTIFICATE", &der)]});
    serde_json::to_vec(&json!({"signedCertificateEmbeddedSct": {"chain": chain}})).unwrap()
}

#[test]
fn validity_is_bounded_to_the_second() {
    let world = World::new(without_ct_log());
    let check = |not_before: u64, not_after: u64, now: u64| {
        let body = reply_with(&world, |leaf| (leaf.not_before, leaf.not_after) = (not_before, not_after));
        code(world.read_certificate(&body, now))
    };
    let wrong = "fulcio/validity";
    for (not_before, not_after, now, expected) in [
        (NOW, NOW + 600, NOW, ""),
        (NOW + 60, NOW + 600, NOW, ""),
        (NOW + 61, NOW + 600, NOW, wrong),
        (NOW - 540, NOW + 60, NOW, ""),
        (NOW - 540, NOW + 59, NOW, wrong),
        (NOW, NOW + 86_400, NOW, ""),
        (NOW, NOW + 86_401, NOW, wrong),
    ] {
        assert_eq!(check(not_before, not_after, now), expected, "{not_before} {not_after} {now}");
    }
}

/// Promises of unknown logs count for nothing, a wrong one of a known log refuses.
#[test]
fn promises_count_as_in_verification() {
    let start = instance().start();
    let good = |log| SctSpec::new(log, NOW);
    let bad = |log| {
        let mut sct = good(log);
        sct.edit(|sct| sct.signature[12] ^= 1);
        sct
    };
    let unknown = || {
        let mut sct = good(0);
        sct.edit(|sct| sct.log_id[0] ^= 1);
        sct
    };
    let wrong = "fulcio/sct";
    let mut judged = 0;
    for (row, (scts, expected)) in [
        (vec![good(0)], ""),
        (vec![good(1)], ""),
        (vec![good(0), good(1)], ""),
        (vec![good(0), unknown()], ""),
        (vec![unknown(), good(1)], ""),
        (vec![], wrong),
        (vec![unknown()], wrong),
        (vec![bad(0)], wrong),
        (vec![good(0), bad(1)], wrong),
        (vec![bad(1), good(0)], wrong),
        (vec![SctSpec::new(0, start - 1)], wrong),
        (vec![SctSpec::new(0, start)], ""),
    ]
    .into_iter()
    .enumerate()
    {
        let mut builder = BundleBuilder::keyless(&instance());
        builder.scts = scts;
        let spki = builder.key.spki();
        let bundle: Value = serde_json::from_slice(&builder.build().bundle).unwrap();
        let leaf = &bundle["verificationMaterial"]["certificate"]["rawBytes"];
        let leaf = base64::decode(leaf.as_str().unwrap()).unwrap();
        let mut world = World::new(instance());
        let certificate = Certificate::parse(&leaf, &world.limits).unwrap();
        let claims = FulcioClaims::parse(&certificate, &world.limits).unwrap();
        let IssuerClaim::Value(issuer) = claims.issuer() else { continue };

        world.identity = ExpectedIdentity {
            san: None,
            extensions: vec![ExpectedExtension { number: 8, value: Some(issuer.into()) }],
        };
        let at = certificate.validity().0.secs();
        let found = check_stored_certificate(&leaf, &world.expect_certificate(&spki, at));
        assert_eq!(code(found), expected, "{row}");
        judged += 1;
    }
    assert_eq!(judged, 12);
}

/// The window covers the call and the first second of the certificate.
#[test]
fn an_authority_is_in_use_now_and_when_the_certificate_starts() {
    let wrong = "fulcio/chain";
    for (start, end, expected) in [
        (NOW, NOW + 60, ""),
        (NOW, NOW + 59, wrong),
        (NOW + 1, NOW + 60, wrong),
        (NOW + 1, NOW + 9999, wrong),
    ] {
        let mut instance = without_ct_log();
        instance.certificate_authorities[0].window = Some(Window::between(start, end));
        let world = World::new(instance);
        let body = reply_with(&world, |leaf| leaf.not_before = NOW + 60);
        assert_eq!(code(world.read_certificate(&body, NOW)), expected, "{start} {end}");
    }
}

/// One expired certificate ends an authority, also where the path does not need it.
#[test]
fn every_certificate_of_an_authority_is_valid() {
    for (end, expected) in [(NOW, ""), (NOW - 1, "fulcio/chain")] {
        let mut instance = without_ct_log();
        let members = &mut instance.certificate_authorities[0].members;
        let mut spare = members.last().unwrap().clone();
        spare.certificate.not_after = end;
        members.push(spare);
        let world = World::new(instance);
        let body = reply_with(&world, |_| {});
        assert_eq!(code(world.read_certificate(&body, NOW)), expected, "{end}");
    }
}

#[test]
fn a_detached_promise_is_lost_only_where_there_are_logs() {
    let mut world = World::new(without_ct_log());
    let reply = world.ask_for_certificate();
    assert!(String::from_utf8_lossy(&reply.body).contains("signedCertificateDetachedSct"));
    assert_eq!(code(world.read_certificate(&reply.body, NOW)), "");
}

#[test]
fn retired_instances_issue_nothing() {
    type Retire = fn(&mut Instance, Window);
    let rows: [(Retire, &str); 2] = [
        (|instance, window| instance.certificate_authorities[0].window = Some(window), "fulcio/chain"),
        (|instance, window| instance.ct_logs[0].log.window = Some(window), "fulcio/sct"),
    ];
    for (retire, expected) in rows {
        for (end, expected) in [(NOW - 1, expected), (NOW, "")] {
            let mut instance = instance();
            let window = Window::between(instance.start(), end);
            retire(&mut instance, window);
            let mut world = World::new(instance);
            let reply = world.ask_for_certificate();
            assert_eq!(code(world.read_certificate(&reply.body, NOW)), expected, "{end}");
        }
    }
    let mut nobody = instance();
    nobody.certificate_authorities.remove(0);
    let mut world = World::new(instance());
    let reply = world.ask_for_certificate();
    world.root = World::new(nobody).root;
    assert_eq!(code(world.read_certificate(&reply.body, NOW)), "fulcio/chain");
}

#[test]
fn without_an_identity_no_certificate_will_do() {
    let mut world = World::new(instance());
    let reply = world.ask_for_certificate();
    world.identity = ExpectedIdentity::default();
    assert_eq!(code(world.read_certificate(&reply.body, NOW)), "claims/certificate-mismatch");
}

#[test]
fn refusals_show_nothing_of_the_reply() {
    let mut world = World::lying(Place::Fulcio(0), FulcioLie::OtherIdentity);
    let reply = world.ask_for_certificate();
    let spki = world.key.spki();
    let error = read_certificate(&reply.body, &world.expect_certificate(&spki, NOW)).unwrap_err();
    assert!(!error.to_string().contains("acme-app"));
    assert!(!fulcio::PATH.ends_with('/'));
}
