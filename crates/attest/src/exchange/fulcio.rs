//! Certificates of Fulcio: the request, and the reply (F1 to F8).
//!
//! Source: Fulcio `fulcio.proto` (API v2), RFC 2986, RFC 5280, RFC 6962.
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{Checker, KeyDetails};
use cretula_encoding::base64;
use cretula_encoding::der::{Oid, Tag, encode};
use cretula_encoding::fields::{Field, Object};
use cretula_encoding::json::Tree;
use cretula_encoding::time::Time;
use cretula_encoding::{hex, pem};
use cretula_pki::{
    Certificate, FulcioClaims, Path, PathBudget, PathError, PathRules, Purpose, SctKind,
    SignedCertificateTimestamp, check_leaf, check_leaf_profile, parse_sct_list, signing_san, verify_path,
    verify_sct,
};
use cretula_verify::TrustedAuthority;

use super::{Means, malformed};
use crate::error::{AttestError, ErrorKind};
use crate::expected::ExpectedIdentity;

/// Path below the URL of the certificate authority.
pub const PATH: &str = "/api/v2/signingCert";

/// Least time that a new certificate has left, and most by which its start may be in the future, in seconds (F5).
const MARGIN_SECS: u64 = 60;
/// Longest life of a certificate, in seconds (F5).
const LIFETIME_SECS: u64 = 86_400;

/// Keys that are certified here, and how they sign requests: ecdsa-with-SHA256, ecdsa-with-SHA384 (RFC 5758 §3.2).
const KEYS: [(KeyDetails, Oid<'static>); 2] = [
    (
        KeyDetails::PKIX_ECDSA_P256_SHA_256,
        Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]),
    ),
    (
        KeyDetails::PKIX_ECDSA_P384_SHA_384,
        Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]),
    ),
];

/// What a certificate must be.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedCertificate<'a> {
    /// With what it is checked.
    pub means: Means<'a>,
    /// SubjectPublicKeyInfo of the key of this bundle, DER.
    pub spki: &'a [u8],
    /// Whom it must name.
    pub identity: &'a ExpectedIdentity,
    /// The time of the call; for a stored certificate, the time at which it must hold.
    pub now: Time,
}

/// A certificate that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// The signing certificate, DER.
    pub leaf: Vec<u8>,
    /// What stood after it in the reply, DER: hints that nothing was built on. Empty for a stored certificate.
    pub unverified_issuers: Vec<Vec<u8>>,
    /// Serial number, lower-case hex.
    pub serial: String,
    /// First second of validity.
    pub not_before: Time,
    /// Last second of validity.
    pub not_after: Time,
}

impl IssuedCertificate {
    /// First and last second of validity.
    #[must_use]
    pub const fn validity(&self) -> (Time, Time) {
        (self.not_before, self.not_after)
    }
}

// ---- request ----------------------------------------------------------------------------------------------------

/// CertificationRequestInfo: what the key signs (RFC 2986 §4.1).
///
/// Version 1, empty subject, the key, no attributes: the authority reads the key and the signature, and takes the
/// identity from the ID token.
#[must_use]
pub fn certification_request_info(spki: &[u8]) -> Vec<u8> {
    let version = encode(Tag::INTEGER, &[&[0]]);
    let subject = encode(Tag::SEQUENCE, &[]);
    let attributes = encode(Tag::context_constructed(0), &[]);
    encode(Tag::SEQUENCE, &[&version, &subject, spki, &attributes])
}

/// The body of the request: JSON with the signed request in PEM. The ID token is not in it: the host adds it as a
/// header.
///
/// `info` is what [`certification_request_info`] made; `signature` is DER.
///
/// # Errors
/// `profile/algorithm` for keys that Fulcio does not certify here: all but P-256 and P-384.
pub fn request_body(info: &[u8], details: KeyDetails, signature: &[u8]) -> Result<Vec<u8>, AttestError> {
    let Some((_, identifier)) = KEYS.iter().find(|(key, _)| *key == details) else {
        let detail = "certificates are requested for P-256 and P-384 keys";
        return Err(AttestError::new(ErrorKind::ProfileAlgorithm, detail));
    };
    let algorithm = encode(Tag::SEQUENCE, &[&encode(Tag::OID, &[identifier.content()])]);
    let signature = encode(Tag::BIT_STRING, &[&[0], signature]);
    let request = encode(Tag::SEQUENCE, &[info, &algorithm, &signature]);
    let request = pem::encode("CERTIFICATE REQUEST", &request);
    let mut body = Tree::object();
    body.set("certificateSigningRequest", base64::encode(request.as_bytes()));
    Ok(body.encode())
}

// ---- reply ------------------------------------------------------------------------------------------------------

/// Reads and checks a reply (F1 to F8).
///
/// # Errors
/// `limits/reply-bytes`; `fulcio/format`, `fulcio/sct-detached`, `fulcio/key`, `fulcio/profile`, `fulcio/validity`,
/// `fulcio/chain`, `fulcio/sct`, `claims/certificate-mismatch`.
pub fn read_certificate(
    body: &[u8],
    expected: &ExpectedCertificate<'_>,
) -> Result<IssuedCertificate, AttestError> {
    let (leaf, issuers) = read_chain(body, expected)?;
    demand_key(&leaf, expected)?;
    demand_profile(&leaf)?;
    demand_validity(&leaf, expected.now)?;
    // A certificate that starts within the margin is checked at its first second.
    let at = expected.now.max(leaf.validity().0);
    demand_trust(&leaf, expected, at)?;
    let unverified_issuers = issuers.iter().map(|issuer| issuer.der().to_vec()).collect();
    Ok(issued(&leaf, unverified_issuers))
}

/// Checks a certificate again that was accepted before (F2 to F4, F6, F8), at `expected.now`.
///
/// # Errors
/// As [`read_certificate`]; `fulcio/validity` if it does not hold at that time.
pub fn check_stored_certificate(
    leaf: &[u8],
    expected: &ExpectedCertificate<'_>,
) -> Result<IssuedCertificate, AttestError> {
    let leaf = parse_certificate(leaf, expected)?;
    demand_key(&leaf, expected)?;
    demand_profile(&leaf)?;
    demand_trust(&leaf, expected, expected.now)?;
    Ok(issued(&leaf, Vec::new()))
}

fn issued(leaf: &Certificate, unverified_issuers: Vec<Vec<u8>>) -> IssuedCertificate {
    let (not_before, not_after) = leaf.validity();
    let serial = hex::encode(leaf.serial());
    IssuedCertificate { leaf: leaf.der().to_vec(), unverified_issuers, serial, not_before, not_after }
}

/// F1 and F7: the leaf, and what stands after it.
fn read_chain(
    body: &[u8],
    expected: &ExpectedCertificate<'_>,
) -> Result<(Certificate, Vec<Certificate>), AttestError> {
    let format = malformed(ErrorKind::FulcioFormat);
    let reply = expected.means.parse_reply(body, ErrorKind::FulcioFormat)?;
    let mut reply = Field::root(reply).object().map_err(&format)?;
    let chain = match (reply.take("signedCertificateEmbeddedSct"), reply.take("signedCertificateDetachedSct"))
    {
        (Some(embedded), None) => embedded,
        (None, Some(detached)) => demand_no_ct_log(detached, expected)?,
        (Some(_), Some(_)) | (None, None) => return refuse_format("not exactly one signed certificate"),
    };
    let mut chain = chain.object().map_err(&format)?;
    let mut chain = chain.require("chain").and_then(Field::object).map_err(&format)?;
    let mut certificates = read_certificates(&mut chain, expected)?.into_iter();
    let Some(leaf) = certificates.next() else { return refuse_format("the chain is empty") };
    let issuers: Vec<Certificate> = certificates.collect();
    if issuers.iter().any(|issuer| !issuer.basic_constraints().is_some_and(|constraints| constraints.ca)) {
        return refuse_format("more than one certificate is not one of an authority");
    }
    Ok((leaf, issuers))
}

/// F7: a promise beside the certificate is lost, since bundles have no place for it.
fn demand_no_ct_log<'a>(
    detached: Field<'a>,
    expected: &ExpectedCertificate<'_>,
) -> Result<Field<'a>, AttestError> {
    if expected.means.trusted_root.ct_logs().is_empty() {
        return Ok(detached);
    }
    let detail = "the trusted root lists CT logs, and the promise is not in the certificate";
    Err(AttestError::new(ErrorKind::FulcioSctDetached, detail))
}

fn read_certificates(
    chain: &mut Object<'_>,
    expected: &ExpectedCertificate<'_>,
) -> Result<Vec<Certificate>, AttestError> {
    let format = malformed(ErrorKind::FulcioFormat);
    let list = chain.require("certificates").map_err(&format)?;
    let limit = expected.means.limits.chain;
    if list.count().map_err(&format)? > limit {
        return refuse_format(format!("limit chain: at most {limit} certificates"));
    }
    let mut certificates = Vec::new();
    for element in list.items().map_err(&format)? {
        let text = element.and_then(|element| element.text()).map_err(&format)?;
        let Ok(block) = pem::parse_block(text.as_bytes(), &["CERTIFICATE"]) else {
            return refuse_format("an element of the chain is not one certificate in PEM");
        };
        certificates.push(parse_certificate(&block.der, expected)?);
    }
    Ok(certificates)
}

fn parse_certificate(der: &[u8], expected: &ExpectedCertificate<'_>) -> Result<Certificate, AttestError> {
    let refuse = |error| AttestError::new(ErrorKind::FulcioFormat, format!("certificate: {error}"));
    Certificate::parse(der, expected.means.limits).map_err(refuse)
}

fn refuse_format<T>(detail: impl Into<String>) -> Result<T, AttestError> {
    Err(AttestError::new(ErrorKind::FulcioFormat, detail))
}

/// F2.
fn demand_key(leaf: &Certificate, expected: &ExpectedCertificate<'_>) -> Result<(), AttestError> {
    if leaf.spki() == expected.spki {
        return Ok(());
    }
    Err(AttestError::new(
        ErrorKind::FulcioKey,
        "the key of the certificate is not the one that was requested",
    ))
}

/// F4, as far as it needs no path.
fn demand_profile(leaf: &Certificate) -> Result<(), AttestError> {
    let refuse = |detail: String| AttestError::new(ErrorKind::FulcioProfile, detail);
    check_leaf(leaf).map_err(|error| refuse(format!("{error}")))?;
    check_leaf_profile(leaf).map_err(|violation| refuse(format!("{violation}")))
}

/// F5.
fn demand_validity(leaf: &Certificate, now: Time) -> Result<(), AttestError> {
    let (not_before, not_after) = leaf.validity();
    let detail = if not_before.secs() > now.secs().saturating_add(MARGIN_SECS) {
        "it starts in the future"
    } else if not_after.secs() < now.secs().saturating_add(MARGIN_SECS) {
        "it ends too soon"
    } else if not_after.secs().saturating_sub(not_before.secs()) > LIFETIME_SECS {
        "it lives too long"
    } else {
        return Ok(());
    };
    Err(AttestError::new(ErrorKind::FulcioValidity, detail))
}

/// F3, F6 and F8.
fn demand_trust(leaf: &Certificate, expected: &ExpectedCertificate<'_>, at: Time) -> Result<(), AttestError> {
    let checker = expected.means.checker();
    let path = find_path(leaf, expected, at, &checker)?;
    demand_scts(leaf, path.issuer_of_leaf(), expected, &checker)?;
    match_identity(leaf, expected)
}

/// F3: the path to an authority of the trusted root, whose own certificates alone are its intermediates: a bundle holds
/// the leaf and nothing else, so what a reply adds would be missing when the bundle is verified.
fn find_path<'c>(
    leaf: &'c Certificate,
    expected: &ExpectedCertificate<'c>,
    at: Time,
    checker: &Checker<'_>,
) -> Result<Path<'c>, AttestError> {
    let mut refusal = PathError::NoPath;
    for authority in expected.means.trusted_root.certificate_authorities() {
        match path_to(authority, leaf, expected, at, checker) {
            Ok(path) if is_in_use(authority, expected.now, at) => return Ok(path),
            Ok(_) => {}
            Err(error) => refusal = refusal.more_specific(error),
        }
    }
    Err(path_refusal(&refusal))
}

fn path_to<'c>(
    authority: &'c TrustedAuthority,
    leaf: &'c Certificate,
    expected: &ExpectedCertificate<'c>,
    at: Time,
    checker: &Checker<'_>,
) -> Result<Path<'c>, PathError> {
    let (anchor, intermediates) = authority.anchor().ok_or(PathError::NoPath)?;
    let intermediates: Vec<&Certificate> = intermediates.iter().collect();
    let limits = expected.means.limits;
    let rules = PathRules::new(Purpose::CodeSigning, limits);
    let mut budget = PathBudget::new(limits);
    verify_path(leaf, &intermediates, anchor, at, &rules, checker, &mut budget)
}

/// Its window covers the call, and each of its certificates is valid.
fn is_in_use(authority: &TrustedAuthority, now: Time, at: Time) -> bool {
    let window = authority.window();
    let in_window = window.contains(now) && window.contains(at);
    in_window && authority.chain().iter().all(|certificate| certificate.valid_at(at))
}

/// What is wrong with the leaf itself has codes of its own.
fn path_refusal(error: &PathError) -> AttestError {
    let kind = if matches!(error, PathError::NotValid { position: 0, .. }) {
        ErrorKind::FulcioValidity
    } else if is_profile(error) {
        ErrorKind::FulcioProfile
    } else {
        ErrorKind::FulcioChain
    };
    AttestError::new(kind, error.code())
}

fn is_profile(error: &PathError) -> bool {
    let is_of_leaf = matches!(error, PathError::Leaf(_) | PathError::LeafProfile(_));
    is_of_leaf || matches!(error, PathError::CriticalExtension { position: 0, .. })
}

/// F6: as the verifier counts them, the promises of logs that the trusted root knows must hold, and there is one.
fn demand_scts(
    leaf: &Certificate,
    issuer: &Certificate,
    expected: &ExpectedCertificate<'_>,
    checker: &Checker<'_>,
) -> Result<(), AttestError> {
    if expected.means.trusted_root.ct_logs().is_empty() {
        return Ok(());
    }
    let refuse = |detail: &str| Err(AttestError::new(ErrorKind::FulcioSct, detail.to_owned()));
    let Ok(scts) = parse_sct_list(leaf, expected.means.limits) else {
        return refuse("the list of promises cannot be read");
    };
    let mut verified = 0_usize;
    for sct in &scts {
        match is_promised(sct, leaf, issuer, expected, checker) {
            Some(true) => verified = verified.saturating_add(1),
            Some(false) => return refuse("the promise of a known log does not verify, or not at that time"),
            None => {}
        }
    }
    if verified > 0 { Ok(()) } else { refuse("no log of the trusted root promised the certificate") }
}

/// `None` for a log that nobody knows.
fn is_promised(
    sct: &SignedCertificateTimestamp,
    leaf: &Certificate,
    issuer: &Certificate,
    expected: &ExpectedCertificate<'_>,
    checker: &Checker<'_>,
) -> Option<bool> {
    let logs = expected.means.trusted_root.ct_logs();
    let mut known = logs.iter().filter(|log| log.has_id(&sct.log_id)).peekable();
    // The id is the hash of the key: a log that is listed once per window has one key.
    let key = known.peek()?.key();
    let holds = verify_sct(sct, leaf, issuer.spki(), key, checker, SctKind::Embedded).is_ok();
    let in_use = known.any(|log| sct.time().is_some_and(|time| log.window().contains(time)));
    Some(holds && in_use)
}

/// F8.
fn match_identity(leaf: &Certificate, expected: &ExpectedCertificate<'_>) -> Result<(), AttestError> {
    let refuse = |detail: String| AttestError::new(ErrorKind::CertificateMismatch, detail);
    let san = signing_san(leaf)
        .map_err(|_| refuse("not exactly one subject alternative name of a signer".to_owned()))?;
    let claims = FulcioClaims::parse(leaf, expected.means.limits)
        .map_err(|error| refuse(format!("extensions: {error}")))?;
    expected.identity.match_certificate(&san, &claims)
}
