//! Certificates and keys.

use cretula_crypto::{Checker, RustCrypto, VerificationKey};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_pki::{
    Certificate, FulcioClaims, PathBudget, PathRules, Purpose, check_leaf, check_leaf_profile, is_ca,
    is_leaf, is_root_ca, parse_sct_list, precertificate_tbs, signing_san, verify_path,
};

/// What is accepted is one strict DER object whose parts are parts of the input; the precertificate differs by the SCT
/// list alone; no path leads out of the certificates that were given.
pub fn certificate(input: &[u8]) {
    public_key(input);
    let limits = Limits::default();
    let Ok(certificate) = Certificate::parse(input, &limits) else { return };
    assert_eq!(certificate.der(), input);
    assert!(input.len() <= limits.certificate_bytes);
    assert_eq!(der::check(input, 64), Ok(()), "strict DER");
    for part in [
        certificate.tbs(),
        certificate.serial(),
        certificate.issuer(),
        certificate.subject(),
        certificate.spki(),
        certificate.signature(),
    ] {
        assert!(part.is_empty() || contains(input, part), "a part that is not in the input");
    }
    assert!(certificate.extensions().count() <= limits.extensions);
    let key = VerificationKey::parse_spki(certificate.spki());
    assert_eq!(certificate.key().is_ok(), key.is_ok());
    precertificate(&certificate, &limits);
    classes(&certificate, &limits);
    path(&certificate, &limits);
}

fn public_key(input: &[u8]) {
    if let Ok(key) = VerificationKey::parse_spki(input) {
        assert_eq!(key.spki(), input, "an SPKI has one form");
        assert_eq!(der::check(input, 16), Ok(()));
    }
    if let Ok(key) = VerificationKey::parse_pkcs1(input) {
        let again = VerificationKey::parse_spki(key.spki()).expect("the SPKI made of an RSAPublicKey");
        assert_eq!(again.spki_sha256(), key.spki_sha256());
    }
}

fn precertificate(certificate: &Certificate, limits: &Limits) {
    let tbs = precertificate_tbs(certificate);
    assert!(der::single(&tbs, Tag::SEQUENCE).is_ok());
    let has_list = certificate.extension(cretula_pki::oid::SCT_LIST).is_some();
    assert_eq!(tbs != certificate.tbs(), has_list, "only the SCT list goes");
    if !has_list {
        assert!(parse_sct_list(certificate, limits).is_ok_and(|scts| scts.is_empty()));
    }
}

fn classes(certificate: &Certificate, limits: &Limits) {
    let root = is_root_ca(certificate).is_ok_and(|is| is);
    let authority = is_ca(certificate).is_ok_and(|is| is);
    let leaf = is_leaf(certificate).is_ok_and(|is| is);
    assert!(!(leaf && authority), "a leaf that is an authority");
    assert!(!root || authority, "a root that is no authority");
    if check_leaf_profile(certificate).is_ok() {
        assert!(certificate.basic_constraints().is_none_or(|constraints| !constraints.ca));
    }
    if check_leaf(certificate).is_ok()
        && let Ok(san) = signing_san(certificate)
    {
        assert!(!format!("{san:?}").is_empty());
    }
    if let Ok(claims) = FulcioClaims::parse(certificate, limits) {
        assert!(claims.claims().count() <= cretula_pki::CLAIMS.len());
        assert!(claims.conflicts().count() <= cretula_pki::CLAIMS.len());
        assert!(!format!("{:?}", claims.issuer()).is_empty());
    }
}

/// With itself as the anchor and as an intermediate.
fn path(certificate: &Certificate, limits: &Limits) {
    let (not_before, _) = certificate.validity();
    let time = Time::from_secs(not_before.secs()).expect("a time of the certificate");
    let checker = Checker::new(&RustCrypto, limits.signature_total);
    let rules = PathRules::new(Purpose::CodeSigning, limits);
    let mut budget = PathBudget::new(limits);
    let found = verify_path(certificate, &[certificate], certificate, time, &rules, &checker, &mut budget);
    if let Ok(path) = found {
        assert_eq!(path.leaf().der(), certificate.der());
        assert!(path.certificates().count() <= limits.chain);
        assert!(path.certificates().all(|member| member.valid_at(time)));
    }
}

fn contains(input: &[u8], part: &[u8]) -> bool {
    input.windows(part.len()).any(|window| window == part)
}
