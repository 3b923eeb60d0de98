//! Leaves of a private authority: what is refused while they are made, and that the verifier takes them.

use cretula_attest::private_ca::{
    Authority, LeafRequest, assemble, find_authority, tbs_certificate, verify_leaf,
};
use cretula_attest::{ExpectedExtension, ExpectedIdentity};
use cretula_crypto::{KeyDetails, RustCrypto};
use cretula_encoding::base64;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::{Time, TimeRange};
use cretula_pki::Certificate;
use cretula_testkit::{Algorithm, BundleBuilder, CertificateAuthority, Instance, Json, Seed, SigningKey};
use cretula_verify::{RootMemo, Verifier};
use serde_json::{Value, json};

use crate::certificates::{Private, private};
use crate::requests::now;

/// The leaf that the authority of the test has signed.
fn issue(private: &Private, request: &LeafRequest<'_>) -> Vec<u8> {
    let tbs = tbs_certificate(request).unwrap();
    let signature = private.authority.issuer().key.sign(request.algorithm.scheme(), &tbs);
    assemble(&tbs, request.algorithm, &signature).unwrap()
}

fn chain(authority: &CertificateAuthority) -> Vec<Certificate> {
    authority.chain().iter().map(|der| Certificate::parse(der, &Limits::default()).unwrap()).collect()
}

#[test]
fn finished_leaves_are_checked() {
    let private = private();
    let spki = private.key.spki();
    let chain = chain(&private.authority);
    let window = TimeRange { start: Time::from_secs(now().secs() - 3600), end: None };
    let authorities = [Authority { chain: &chain, window: &window }];
    let leaf = issue(&private, &private.leaf(&spki));
    let verify =
        |leaf: &[u8], spki: &[u8], identity: &ExpectedIdentity, authorities: &[Authority<'_>], now: u64| {
            let now = Time::from_secs(now).unwrap();
            verify_leaf(leaf, spki, identity, authorities, now).map_or_else(|error| error.code(), |_| "")
        };
    let (identity, at) = (&private.identity, now().secs());
    assert_eq!(verify(&leaf, &spki, identity, &authorities, at), "");
    assert_eq!(verify(&leaf, &spki, identity, &authorities, at + 540), "");
    assert_eq!(verify(&leaf, &spki, identity, &authorities, at + 541), "fulcio/validity");
    assert_eq!(verify(&leaf, &spki, identity, &authorities, at - 61), "fulcio/validity");
    assert_eq!(verify(&leaf[1..], &spki, identity, &authorities, at), "fulcio/format");
    assert_eq!(verify(&leaf, private.certificate.spki(), identity, &authorities, at), "fulcio/key");
    assert_eq!(verify(&leaf, &spki, identity, &[], at), "fulcio/chain");
    let over = TimeRange { start: None, end: Time::from_secs(at - 1) };
    let ended = [Authority { chain: &chain, window: &over }];
    assert_eq!(verify(&leaf, &spki, identity, &ended, at), "fulcio/chain");
    let mut unsigned = leaf.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    assert_eq!(verify(&unsigned, &spki, identity, &authorities, at), "fulcio/chain");
    let mut other = identity.clone();
    other.extensions[0].value = Some("https://other.example".into());
    assert_eq!(verify(&leaf, &spki, &other, &authorities, at), "claims/certificate-mismatch");
    assert_eq!(
        verify(private.certificate.der(), private.certificate.spki(), identity, &authorities, at),
        "fulcio/profile"
    );
    let found = |spki: &[u8], authorities: &[Authority<'_>]| {
        find_authority(authorities, spki, now())
            .map(Certificate::der)
            .map_err(|error| error.code())
            .map(<[u8]>::to_vec)
    };
    assert_eq!(found(private.certificate.spki(), &authorities), Ok(private.certificate.der().to_vec()));
    assert_eq!(found(&spki, &authorities), Err("fulcio/chain"));
    assert_eq!(found(private.certificate.spki(), &ended), Err("fulcio/chain"));
}

#[test]
fn what_makes_no_certificate() {
    let private = private();
    let spki = private.key.spki();
    let check =
        |request: &LeafRequest<'_>| tbs_certificate(request).map_or_else(|error| error.code(), |_| "");
    let good = private.leaf(&spki);
    assert_eq!(check(&LeafRequest { leaf_secs: 86_400, ..good.clone() }), "");
    assert_eq!(check(&LeafRequest { leaf_secs: 86_401, ..good.clone() }), "profile/evidence");
    assert_eq!(check(&LeafRequest { now: Time::from_secs(59).unwrap(), ..good.clone() }), "profile/evidence");
    for (algorithm, expected) in [
        (KeyDetails::PKIX_ECDSA_P384_SHA_384, "profile/algorithm"),
        (KeyDetails::PKIX_ED25519_PH, "profile/algorithm"),
        (KeyDetails::PKIX_ECDSA_P384_SHA_256, "profile/algorithm"),
    ] {
        assert_eq!(check(&LeafRequest { algorithm, ..good.clone() }), expected, "{algorithm:?}");
    }
    let nobody = ExpectedIdentity::default();
    assert_eq!(check(&LeafRequest { identity: &nobody, ..good.clone() }), "facts/missing");
    for san in ["not a uri", "a@b.example", "https://gitlab.example/\u{e9}"] {
        let other = ExpectedIdentity { san: Some(san.into()), ..private.identity.clone() };
        assert_eq!(check(&LeafRequest { identity: &other, ..good.clone() }), "claims/type", "{san}");
    }
    let mut nameless = private.authority.clone();
    nameless.members[1].certificate.remove("2.5.29.14");
    let nameless = Certificate::parse(&nameless.chain()[0], &Limits::default()).unwrap();
    assert_eq!(check(&LeafRequest { authority: &nameless, ..good }), "fulcio/chain");
    assert!(assemble(b"", KeyDetails::PKIX_ED25519_PH, b"").is_err());
}

#[test]
fn every_algorithm_of_an_authority() {
    for (algorithm, details) in [
        (Algorithm::P256, KeyDetails::PKIX_ECDSA_P256_SHA_256),
        (Algorithm::P384, KeyDetails::PKIX_ECDSA_P384_SHA_384),
        (Algorithm::P521, KeyDetails::PKIX_ECDSA_P521_SHA_512),
        (Algorithm::Ed25519, KeyDetails::PKIX_ED25519),
    ] {
        let mut private = private();
        private.authority =
            CertificateAuthority::new(&Seed::new([7; 32]), "a", algorithm, now().secs() - 86_400);
        let chain = chain(&private.authority);
        private.certificate = chain[0].clone();
        let spki = private.key.spki();
        let leaf = issue(&private, &LeafRequest { algorithm: details, ..private.leaf(&spki) });
        let window = TimeRange { start: None, end: None };
        let authorities = [Authority { chain: &chain, window: &window }];
        let verified = verify_leaf(&leaf, &spki, &private.identity, &authorities, now()).unwrap();
        assert_eq!(verified.serial(), [&[0x65], [0xa5; 15].as_slice()].concat(), "positive, 16 bytes");
    }
}

/// A bundle of the kit, in which another leaf for the same key stands.
#[test]
fn the_verifier_takes_the_leaf() {
    let instance = Instance::new(Seed::new([3; 32]), now().secs());
    let mut builder = BundleBuilder::keyless(&instance).envelope().timestamped(0);
    builder.scts = vec![];
    let builder = builder.demanding("/preset", Json::text("private-ca")).demanding(
        "/signers",
        Json::object([(
            "certificate",
            Json::object([
                ("san", Json::text("https://ci.example/job")),
                ("issuer", Json::text("https://issuer.example")),
            ]),
        )]),
    );
    let (key, signed_at) = (builder.key.clone(), builder.signed_at);
    let authority = &instance.certificate_authorities[0];
    let extension = |number: u8, text: &str| ExpectedExtension { number, value: Some(text.into()) };
    let identity = ExpectedIdentity {
        san: Some("https://ci.example/job".into()),
        extensions: vec![extension(8, "https://issuer.example"), extension(24, "job")],
    };
    let leaf = |key: &SigningKey| {
        let certificate = Certificate::parse(&authority.chain()[0], &Limits::default()).unwrap();
        let request = LeafRequest {
            spki: &key.spki(),
            authority: &certificate,
            identity: &identity,
            serial: [1; 16],
            now: Time::from_secs(signed_at).unwrap(),
            leaf_secs: 600,
            algorithm: KeyDetails::PKIX_ECDSA_P256_SHA_256,
        };
        let tbs = tbs_certificate(&request).unwrap();
        assemble(&tbs, request.algorithm, &authority.issuer().key.sign(request.algorithm.scheme(), &tbs))
            .unwrap()
    };
    let inputs = builder.build();
    let verdict = |leaf: &[u8]| {
        let mut inputs = inputs.clone();
        let mut bundle: Value = serde_json::from_slice(&inputs.bundle).unwrap();
        bundle["verificationMaterial"]["certificate"]["rawBytes"] = json!(base64::encode(leaf));
        inputs.bundle = serde_json::to_vec(&bundle).unwrap();
        let mut roots = RootMemo::default();
        let outcome = Verifier::new(&RustCrypto, &mut roots).verify(&inputs.to_request().unwrap()).unwrap();
        outcome.verdict.map_or_else(|refusal| refusal.code.to_string(), |_| String::new())
    };
    assert_eq!(verdict(&leaf(&key)), "");
    assert_eq!(verdict(&leaf(&crate::support::key("other"))), "signature/invalid");
}
