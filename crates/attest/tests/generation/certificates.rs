//! Certificates against claims: every extension, bent alone.

use crate::support::{build, github_actions, gitlab, set};
use cretula_attest::{CLAIM_ROWS, ExpectedIdentity};
use cretula_encoding::limits::Limits;
use cretula_pki::{Certificate, FulcioClaims, signing_san};
use cretula_testkit::{Algorithm, CertificateAuthority, Identity, Seed, SigningKey};

/// The identity of the kit, as claims of a token.
fn expected() -> ExpectedIdentity {
    let mut request = github_actions();
    let workflow = "acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
    set(&mut request, "/facts/claims/job_workflow_ref", &format!("{workflow:?}"));
    set(&mut request, "/facts/claims/job_workflow_sha", &format!("{:?}", crate::support::COMMIT));
    set(
        &mut request,
        "/config/modes/m/signers/0/workflow",
        r#""https://github.com/acme/app/.github/workflows/release.yml""#,
    );
    set(&mut request, "/config/modes/m/signers/0/ref", r#""refs/tags/v1.2.3""#);
    set(&mut request, "/facts/claims/environment", r#""release""#);
    set(&mut request, "/facts/claims/sub", r#""repo:acme/app:environment:release""#);
    build(&request).unwrap().identity().clone()
}

fn certificate(identity: &Identity) -> Certificate {
    let seed = Seed::new([7; 32]);
    let authority = CertificateAuthority::new(&seed, "a", Algorithm::P256, 1_767_225_600);
    let key = SigningKey::derive(&seed, "leaf", Algorithm::P256);
    let issuer = &authority.issuer().key;
    let leaf =
        authority.leaf(&key, identity, 1_767_225_600).sign(issuer, CertificateAuthority::scheme(issuer));
    Certificate::parse(&leaf, &Limits::default()).unwrap()
}

fn code(expected: &ExpectedIdentity, identity: &Identity) -> &'static str {
    let certificate = certificate(identity);
    let claims = FulcioClaims::parse(&certificate, &Limits::default()).unwrap();
    let san = signing_san(&certificate).unwrap();
    expected.match_certificate(&san, &claims).map_or_else(|error| error.code(), |()| "")
}

/// DER UTF8String of a short text.
fn utf8(text: &str) -> Vec<u8> {
    [&[0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

const MISMATCH: &str = "claims/certificate-mismatch";

#[test]
fn every_extension_is_compared() {
    let expected = expected();
    let good = Identity::workflow();
    assert_eq!(code(&expected, &good), "");
    for row in CLAIM_ROWS {
        let mut other = good.clone();
        other.claims.retain(|(number, _)| *number > 6);
        assert_eq!(code(&expected, &other), "", "deprecated forms are not needed");
        let value = &mut other.claims.iter_mut().find(|(number, _)| *number == row.number).unwrap().1;
        *value = utf8("other");
        assert_eq!(code(&expected, &other), MISMATCH, "{}", row.number);
        other.claims.retain(|(number, _)| *number != row.number);
        assert_eq!(code(&expected, &other), if row.number < 22 { MISMATCH } else { "" }, "{}", row.number);
        other.claims.push((row.number, vec![0xff]));
        assert_eq!(code(&expected, &other), MISMATCH, "{}", row.number);
    }
}

#[test]
fn name_and_deprecated_forms_are_compared() {
    let expected = expected();
    let mut other = Identity::workflow();
    other.san = Identity::person("a@b.example", "i").san;
    assert_eq!(code(&expected, &other), MISMATCH);
    let mut other = Identity::workflow();
    other.san = Identity::person(expected.san.as_ref().unwrap(), "i").san;
    assert_eq!(code(&expected, &other), MISMATCH, "the same text as an address");
    let mut other = Identity::workflow();
    other.claims.iter_mut().find(|(number, _)| *number == 6).unwrap().1 = b"refs/heads/x".to_vec();
    assert_eq!(code(&expected, &other), MISMATCH);
    assert_eq!(code(&ExpectedIdentity::default(), &Identity::workflow()), MISMATCH, "nothing is known");
}

#[test]
fn an_absent_claim_has_no_extension() {
    let mut expected = expected();
    expected.extensions.iter_mut().find(|extension| extension.number == 23).unwrap().value = None;
    assert_eq!(code(&expected, &Identity::workflow()), MISMATCH);
    let mut other = Identity::workflow();
    other.claims.retain(|(number, _)| *number != 23);
    assert_eq!(code(&expected, &other), "");
}

#[test]
fn the_service_has_an_identity_of_its_own() {
    let mut request = gitlab();
    set(&mut request, "/config/modes/m/identity", r#"{"san":"a@b.example","issuer":"https://i.example"}"#);
    let expected = build(&request).unwrap().identity().clone();
    assert_eq!(code(&expected, &Identity::person("a@b.example", "https://i.example")), "");
    assert_eq!(code(&expected, &Identity::person("c@b.example", "https://i.example")), MISMATCH);
    assert_eq!(code(&expected, &Identity::person("a@b.example", "https://j.example")), MISMATCH);
    let mut conflict = Identity::person("a@b.example", "https://i.example");
    conflict.claims[0].1 = b"https://j.example".to_vec();
    assert_eq!(code(&expected, &conflict), MISMATCH);
}

#[test]
fn extensions_of_gitlab() {
    let identity = build(&gitlab()).unwrap().identity().clone();
    let value = |number: u8| {
        let extension = identity.extensions.iter().find(|extension| extension.number == number);
        extension.and_then(|extension| extension.value.as_deref())
    };
    assert_eq!(identity.san.as_deref(), Some("https://gitlab.example/g/p//.gitlab-ci.yml@refs/heads/main"));
    assert_eq!((value(9), value(18)), (identity.san.as_deref(), identity.san.as_deref()));
    assert_eq!(value(12), Some("https://gitlab.example/g/p"));
    assert_eq!(value(14), Some("refs/heads/main"));
    assert_eq!(value(16), Some("https://gitlab.example/g"));
    assert_eq!(value(21), Some("https://gitlab.example/g/p/-/jobs/10340684631"));
    assert_eq!(value(23), None::<&str>);
}
