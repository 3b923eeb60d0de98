//! Certificates of a private authority (G11): every member bent alone.

use cretula_attest::ExpectedIdentity;
use cretula_attest::guard::MessageKind;
use cretula_attest::private_ca::{LeafRequest, tbs_certificate};
use cretula_crypto::{KeyDetails, SignatureScheme};
use cretula_encoding::base64;
use cretula_encoding::der::{Tag, encode};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_pki::Certificate;
use cretula_testkit::{Algorithm, CertificateAuthority, Extension, Seed, SigningKey};
use serde_json::{Value, json};

use crate::requests::{build, gitlab, now, set};
use crate::support::{PROVENANCE, authorisation, code, key, key_sha256, run};

/// A request in a mode with a private authority, that authority, and the key that is to be certified.
pub(crate) struct Private {
    pub(crate) request: Value,
    pub(crate) authority: CertificateAuthority,
    pub(crate) certificate: Certificate,
    pub(crate) key: SigningKey,
    pub(crate) identity: ExpectedIdentity,
}

pub(crate) fn private() -> Private {
    let mut request = gitlab();
    set(&mut request, "/config/modes/m/profile", r#""private-ca""#);
    set(&mut request, "/config/modes/m/caKey", r#""file:ca""#);
    let authority =
        CertificateAuthority::new(&Seed::new([7; 32]), "a", Algorithm::P256, now().secs() - 86_400);
    let certificate = Certificate::parse(&authority.chain()[0], &Limits::default()).unwrap();
    let identity = build(&request).unwrap().identity().clone();
    Private { request, authority, certificate, key: key("leaf"), identity }
}

impl Private {
    pub(crate) fn leaf<'p>(&'p self, spki: &'p [u8]) -> LeafRequest<'p> {
        LeafRequest {
            spki,
            authority: &self.certificate,
            identity: &self.identity,
            serial: [0xa5; 16],
            now: now(),
            leaf_secs: 600,
            algorithm: KeyDetails::PKIX_ECDSA_P256_SHA_256,
        }
    }

    pub(crate) fn tbs(&self) -> Vec<u8> {
        tbs_certificate(&self.leaf(&self.key.spki())).unwrap()
    }

    pub(crate) fn authorisation(&self) -> Value {
        let mut granted = authorisation(&self.request, PROVENANCE);
        granted["purpose"] = json!("ca");
        granted["key"] = json!("file:ca");
        granted["spki"] = json!(base64::encode(self.certificate.spki()));
        granted["ca"] = json!({
            "certificate": base64::encode(self.certificate.der()), "ephemeral": base64::encode(&self.key.spki()),
            "now": now().secs() + 5
        });
        granted
    }
}

const REFUSED: &str = "guard/certificate";

#[test]
fn the_certificate_of_the_request() {
    let private = private();
    let verdict = run(&private.authorisation(), &private.tbs()).unwrap();
    assert_eq!((verdict.kind(), verdict.content()), (MessageKind::Certificate, None));
    assert_eq!(verdict.signed().key, key_sha256(&private.key), "the key that was certified");
    let mut granted = private.authorisation();
    let entry = |key: &str| json!([{"kind": "certificate", "sha256": "0".repeat(64), "key": key}]);
    granted["signed"] = entry(&key_sha256(&private.key));
    assert_eq!(code(&granted, &private.tbs()), "guard/count", "an ephemeral key is certified once");
    granted["signed"] = entry(&key_sha256(&key("before")));
    assert_eq!(code(&granted, &private.tbs()), "");
}

#[test]
fn each_choice_of_the_request() {
    let private = private();
    let granted = private.authorisation();
    let spki = private.key.spki();
    let other = SigningKey::derive(&Seed::new([8; 32]), "x", Algorithm::P256).spki();
    let stranger =
        CertificateAuthority::new(&Seed::new([9; 32]), "b", Algorithm::P256, now().secs() - 86_400);
    let stranger = Certificate::parse(&stranger.chain()[0], &Limits::default()).unwrap();
    let check = |request: LeafRequest<'_>| code(&granted, &tbs_certificate(&request).unwrap());
    assert_eq!(check(private.leaf(&spki)), "");
    assert_eq!(check(LeafRequest { serial: [0; 16], ..private.leaf(&spki) }), "", "another serial number");
    assert_eq!(check(private.leaf(&other)), REFUSED, "another key");
    assert_eq!(
        check(LeafRequest { authority: &stranger, ..private.leaf(&spki) }),
        REFUSED,
        "another authority"
    );
    assert_eq!(check(LeafRequest { leaf_secs: 601, ..private.leaf(&spki) }), REFUSED, "a longer life");
    assert_eq!(check(LeafRequest { leaf_secs: 599, ..private.leaf(&spki) }), REFUSED, "a shorter life");
    let at = |secs: u64| check(LeafRequest { now: Time::from_secs(secs).unwrap(), ..private.leaf(&spki) });
    let host = now().secs() + 5;
    assert_eq!((at(host + 60), at(host + 61)), ("", REFUSED), "the start is not in the future");
    assert_eq!((at(host - 600), at(host - 601)), ("", REFUSED), "the end is not in the past");
}

#[test]
fn each_extension_and_name() {
    let private = private();
    let (granted, spki) = (private.authorisation(), private.key.spki());
    let check = |identity: &ExpectedIdentity| {
        code(&granted, &tbs_certificate(&LeafRequest { identity, ..private.leaf(&spki) }).unwrap())
    };
    let mut other = private.identity.clone();
    other.san = Some("https://gitlab.example/g/q//.gitlab-ci.yml@refs/heads/main".into());
    assert_eq!(check(&other), REFUSED);
    for at in 0..private.identity.extensions.len() {
        let mut other = private.identity.clone();
        other.extensions[at].value = Some("other".into());
        assert_eq!(check(&other), REFUSED, "{at} changed");
        if private.identity.extensions[at].value.is_some() && private.identity.extensions[at].number != 8 {
            other.extensions[at].value = None;
            assert_eq!(check(&other), REFUSED, "{at} removed");
        }
    }
    let mut other = private.identity.clone();
    let mut more = other.extensions[0].clone();
    more.number = 25;
    other.extensions.push(more);
    assert_eq!(check(&other), REFUSED, "one more");
}

/// The same certificate from another writer, so that members can be bent one by one.
#[test]
fn each_member_bent() {
    let private = private();
    let granted = private.authorisation();
    let good = private.tbs();
    let signed = private
        .authority
        .issuer()
        .key
        .sign(SignatureScheme::Ecdsa(cretula_crypto::HashAlgorithm::Sha256), &good);
    let der =
        cretula_attest::private_ca::assemble(&good, KeyDetails::PKIX_ECDSA_P256_SHA_256, &signed).unwrap();
    let certificate = Certificate::parse(&der, &Limits::default()).unwrap();
    let spec = || {
        let (first, last) = certificate.validity();
        let mut spec =
            cretula_testkit::CertificateSpec::new("", "", &private.key, (first.secs(), last.secs()));
        spec.serial = encode(Tag::INTEGER, &[certificate.serial()]);
        spec.issuer = certificate.issuer().to_vec();
        spec.extensions = certificate
            .extensions()
            .map(|extension| Extension {
                oid: extension.oid.to_dotted(),
                critical: extension.critical,
                value: extension.value.to_vec(),
            })
            .collect();
        spec
    };
    let scheme = SignatureScheme::Ecdsa(cretula_crypto::HashAlgorithm::Sha256);
    assert_eq!(spec().tbs(scheme), good, "two writers agree");
    let mut bent = vec![
        ("the version", {
            let mut spec = spec();
            spec.version = encode(Tag::context_constructed(0), &[&[2, 1, 1]]);
            spec
        }),
        ("no version", {
            let mut spec = spec();
            spec.version = vec![];
            spec
        }),
        ("a short serial number", {
            let mut spec = spec();
            spec.serial = vec![2, 1, 1];
            spec
        }),
        ("a long serial number", {
            let mut spec = spec();
            spec.serial = encode(Tag::INTEGER, &[&[0x40; 17]]);
            spec
        }),
        ("a negative serial number", {
            let mut spec = spec();
            spec.serial = encode(Tag::INTEGER, &[&[0xa5; 16]]);
            spec
        }),
        ("a subject", {
            let mut spec = spec();
            spec.subject.clone_from(&spec.issuer);
            spec
        }),
        ("another issuer", {
            let mut spec = spec();
            spec.issuer.clone_from(&private.authority.members[0].certificate.subject);
            spec
        }),
        ("one extension more", {
            let mut spec = spec();
            spec.set("2.5.29.19", true, vec![0x30, 0]);
            spec
        }),
        ("an authority", {
            let mut spec = spec();
            spec.set("2.5.29.19", true, vec![0x30, 3, 1, 1, 0xff]);
            spec
        }),
        ("another order", {
            let mut spec = spec();
            spec.extensions.swap(0, 1);
            spec
        }),
    ];
    for at in 0..spec().extensions.len() {
        let mut removed = spec();
        removed.extensions.remove(at);
        let mut critical = spec();
        critical.extensions[at].critical ^= true;
        let mut value = spec();
        *value.extensions[at].value.last_mut().unwrap() ^= 1;
        bent.extend([("an extension less", removed), ("criticality", critical), ("a value", value)]);
    }
    for (what, spec) in bent {
        let tbs = spec.tbs(scheme);
        let expected = if what == "no version" { "guard/purpose" } else { REFUSED };
        assert_eq!(code(&granted, &tbs), expected, "{what}");
    }
    let other = SignatureScheme::Ecdsa(cretula_crypto::HashAlgorithm::Sha384);
    assert_eq!(code(&granted, &spec().tbs(other)), REFUSED, "another algorithm");
    let other = SignatureScheme::RsaPkcs1(cretula_crypto::HashAlgorithm::Sha256);
    assert_eq!(code(&granted, &spec().tbs(other)), REFUSED, "an algorithm of another key");
}

#[test]
fn the_authority_of_the_host() {
    let private = private();
    let (good, tbs) = (private.authorisation(), private.tbs());
    let root = base64::encode(&private.authority.chain()[1]);
    for (pointer, text, expected) in [
        ("/ca/certificate", format!("{root:?}"), "input/type"),
        ("/ca/certificate", r#""AAAA""#.into(), "input/type"),
        ("/ca/ephemeral", format!("{:?}", base64::encode(&key("other").spki())), REFUSED),
        ("/ca/now", "0".into(), REFUSED),
        ("/ca/now", "9007199254740991".into(), "input/type"),
        ("/ca/x", "0".into(), "input/unknown-member"),
        ("/ca", String::new(), "input/missing"),
        ("/key", r#""ephemeral""#.into(), "guard/purpose"),
        ("/config/modes/m/caKey", String::new(), "guard/purpose"),
        ("/config/modes/m/profile", r#""tsa""#.into(), "guard/purpose"),
        ("/config/modes/m/leafSeconds", "300".into(), REFUSED),
        ("/facts/claims/pipeline_source", r#""web""#.into(), REFUSED),
        ("/facts/claims/ci_config_ref_uri", "null".into(), REFUSED),
    ] {
        let mut granted = good.clone();
        set(&mut granted, pointer, &text);
        assert_eq!(code(&granted, &tbs), expected, "{pointer}");
    }
}
