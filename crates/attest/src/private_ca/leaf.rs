//! Leaf certificates: their encoding, and the check of a finished one.
use alloc::vec::Vec;

use cretula_crypto::{Checker, HashAlgorithm, KeyDetails, RustCrypto};
use cretula_encoding::der::{Oid, Tag, encode};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::{Time, TimeRange};
use cretula_pki::{
    Certificate, FulcioClaims, PathBudget, PathRules, Purpose, check_leaf, check_leaf_profile, oid,
    signing_san, verify_path,
};

use cretula_verify::TrustedRoot;

use super::encode::{algorithm_identifier, extension, purposes, sequence, validity_time};
use crate::config::{ALGORITHMS, Mode};
use crate::error::{AttestError, ErrorKind};
use crate::expected::ExpectedIdentity;
use crate::trust::{parse_trust, usable_root};
use crate::uri::is_type_uri;

/// Bytes of a serial number.
pub const SERIAL_BYTES: usize = 16;
/// How long before the present a leaf begins to be valid.
pub const BACKDATED_SECS: u64 = 60;
/// Life of a leaf from the present on, where the mode says nothing.
const DEFAULT_LEAF_SECS: u64 = 600;
/// Greatest life of a leaf, and what must be left of it.
const MAX_LIFE_SECS: u64 = 86_400 + BACKDATED_SECS;
const LEFT_SECS: u64 = 60;
/// Signature checks of one path search: more than a chain of four has.
const SIGNATURE_CHECKS: u32 = 16;

/// What a leaf is made of.
#[derive(Debug, Clone)]
pub struct LeafRequest<'r> {
    /// The ephemeral key: SubjectPublicKeyInfo, DER.
    pub spki: &'r [u8],
    /// Certificate of the authority.
    pub authority: &'r Certificate,
    /// Whose key it is: subject alternative name, and extensions 8 to 24.
    pub identity: &'r ExpectedIdentity,
    /// Derived randomness; its first two bits are replaced, so that the number is positive and has 16 bytes.
    pub serial: [u8; SERIAL_BYTES],
    /// The present.
    pub now: Time,
    /// Seconds from `now` on, at most 24 hours.
    pub leaf_secs: u64,
    /// How the authority's key signs.
    pub algorithm: KeyDetails,
}

/// An authority of a trusted root.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// As in the trusted root: what issues leaves first, the anchor last.
    pub chain: &'a [Certificate],
    /// When it may have issued.
    pub window: &'a TimeRange,
}

impl<'a> Authority<'a> {
    /// The certificate authorities of a trusted root.
    #[must_use]
    pub fn all(root: &'a TrustedRoot) -> Vec<Self> {
        let all = root.certificate_authorities().iter();
        all.map(|authority| Self { chain: authority.chain(), window: authority.window() }).collect()
    }
}

/// Life of leaves in a mode, in seconds.
#[must_use]
pub fn leaf_secs(mode: &Mode) -> u64 {
    mode.leaf_secs.unwrap_or(DEFAULT_LEAF_SECS)
}

/// Encodes what the authority signs (RFC 5280 §4.1).
///
/// Version 3, empty subject, critical subject alternative name (a URI), critical key usage digitalSignature, extended
/// key usage codeSigning, key identifiers, the Fulcio extensions of the identity in the order of their numbers, and
/// nothing else.
///
/// # Errors
/// `facts/missing` if nothing says whose key it is, `claims/type` for a name that is no URI, `profile/algorithm` for
/// an algorithm that does not fit the authority's key, `profile/evidence` for a life above 24 hours, `fulcio/chain`
/// for an authority without key identifier.
pub fn tbs_certificate(request: &LeafRequest<'_>) -> Result<Vec<u8>, AttestError> {
    let version = encode(Tag::context_constructed(0), &[&encode(Tag::INTEGER, &[&[2]])]);
    let serial = encode(Tag::INTEGER, &[&serial(request.serial)]);
    let algorithm = algorithm_of(request)?;
    let validity = validity(request)?;
    let extensions = sequence(&[&extensions(request)?.concat()]);
    let extensions = encode(Tag::context_constructed(3), &[&extensions]);
    let subject = sequence(&[]);
    let issuer = request.authority.subject();
    Ok(sequence(&[&version, &serial, &algorithm, issuer, &validity, &subject, request.spki, &extensions]))
}

/// Positive, and 16 bytes without a leading zero.
fn serial(random: [u8; SERIAL_BYTES]) -> [u8; SERIAL_BYTES] {
    let [first, rest @ ..] = random;
    let mut serial = [0; SERIAL_BYTES];
    let (head, tail) = serial.split_at_mut(1);
    head.fill(first & 0x3f | 0x40);
    tail.copy_from_slice(&rest);
    serial
}

fn algorithm_of(request: &LeafRequest<'_>) -> Result<Vec<u8>, AttestError> {
    let signs = ALGORITHMS.iter().any(|row| row.name == request.algorithm.name());
    let fits = request.authority.key().is_ok_and(|key| request.algorithm.fits(key));
    let identifier = algorithm_identifier(request.algorithm.scheme()).filter(|_| signs && fits);
    let detail = "certificates cannot be signed with this algorithm by the authority's key";
    identifier.ok_or_else(|| AttestError::new(ErrorKind::ProfileAlgorithm, detail))
}

fn validity(request: &LeafRequest<'_>) -> Result<Vec<u8>, AttestError> {
    let refuse = |detail: &str| AttestError::new(ErrorKind::ProfileEvidence, detail);
    if request.leaf_secs > MAX_LIFE_SECS.saturating_sub(BACKDATED_SECS) {
        return Err(refuse("a leaf certificate lives at most 24 hours"));
    }
    let at =
        |secs: Option<u64>| secs.and_then(Time::from_secs).ok_or_else(|| refuse("a time is out of range"));
    let first = at(request.now.secs().checked_sub(BACKDATED_SECS))?;
    let last = at(request.now.secs().checked_add(request.leaf_secs))?;
    Ok(sequence(&[&validity_time(first), &validity_time(last)]))
}

fn extensions(request: &LeafRequest<'_>) -> Result<Vec<Vec<u8>>, AttestError> {
    let subject_key_id = encode(Tag::OCTET_STRING, &[&key_identifier(request.spki)]);
    let authority_key_id =
        sequence(&[&encode(Tag::context(0), &[authority_key_identifier(request.authority)?])]);
    let plain = |oid: Oid<'_>, critical: bool, value: &[u8]| extension(&[oid.content()], critical, value);
    let mut extensions = Vec::from([
        plain(oid::KEY_USAGE, true, &encode(Tag::BIT_STRING, &[&[7, 0x80]])),
        plain(oid::EXTENDED_KEY_USAGE, false, &purposes(oid::CODE_SIGNING)),
        plain(oid::SUBJECT_KEY_IDENTIFIER, false, &subject_key_id),
        plain(oid::AUTHORITY_KEY_IDENTIFIER, false, &authority_key_id),
        plain(oid::SUBJECT_ALT_NAME, true, &alternative_name(request.identity)?),
    ]);
    for claim in &request.identity.extensions {
        let Some(text) = &claim.value else { continue };
        let identifier: [&[u8]; 2] = [oid::FULCIO_ARC.content(), &[claim.number]];
        extensions.push(extension(&identifier, false, &encode(Tag::UTF8_STRING, &[text.as_bytes()])));
    }
    Ok(extensions)
}

/// The leftmost 160 bits of SHA-256 of the key's bits (RFC 7093 §2, method 1).
fn key_identifier(spki: &[u8]) -> Vec<u8> {
    let bits = key_bits(spki);
    HashAlgorithm::Sha256.digest(&[bits]).as_bytes().iter().take(20).copied().collect()
}

/// subjectPublicKey without its tag, length and number of unused bits.
fn key_bits(spki: &[u8]) -> &[u8] {
    let bits = || {
        let mut reader = cretula_encoding::der::single(spki, Tag::SEQUENCE).ok()?.reader();
        reader.expect(Tag::SEQUENCE).ok()?;
        reader.expect(Tag::BIT_STRING).ok()?.bit_string_octets().ok()
    };
    bits().unwrap_or(spki)
}

fn authority_key_identifier(authority: &Certificate) -> Result<&[u8], AttestError> {
    let detail = "the certificate of the authority has no key identifier";
    let identifier = authority.subject_key_id().map(|identifier| identifier.key_identifier.as_slice());
    identifier.ok_or_else(|| AttestError::new(ErrorKind::FulcioChain, detail))
}

/// GeneralNames of one URI, which is ASCII (RFC 5280 §4.2.1.6).
fn alternative_name(identity: &ExpectedIdentity) -> Result<Vec<u8>, AttestError> {
    let san = identity.san.as_deref().filter(|_| identity.issuer().is_some()).ok_or_else(|| {
        AttestError::new(ErrorKind::FactsMissing, "nothing says whose certificate it is").at("/facts/claims")
    })?;
    if !is_type_uri(san) {
        let detail = "the name of the signer is no URI, so no certificate can hold it";
        return Err(AttestError::new(ErrorKind::ClaimsType, detail).at("/facts/claims"));
    }
    Ok(sequence(&[&encode(Tag::context(6), &[san.as_bytes()])]))
}

/// The certificate: what was signed, how, and the signature (DER for ECDSA).
///
/// # Errors
/// `profile/algorithm` for an algorithm without identifier in certificates.
pub fn assemble(tbs: &[u8], algorithm: KeyDetails, signature: &[u8]) -> Result<Vec<u8>, AttestError> {
    let detail = "certificates cannot be signed with this algorithm";
    let identifier = algorithm_identifier(algorithm.scheme())
        .ok_or_else(|| AttestError::new(ErrorKind::ProfileAlgorithm, detail))?;
    Ok(sequence(&[tbs, &identifier, &encode(Tag::BIT_STRING, &[&[0], signature])]))
}

/// The certificate in a trusted root that belongs to a key, of an authority that is in use now.
///
/// # Errors
/// `fulcio/chain`.
pub fn find_authority<'a>(
    authorities: &[Authority<'a>],
    spki: &[u8],
    now: Time,
) -> Result<&'a Certificate, AttestError> {
    let in_use = authorities.iter().filter(|authority| authority.window.contains(now));
    let issuing = in_use.filter_map(|authority| authority.chain.first());
    let found = issuing.filter(|certificate| certificate.valid_at(now)).find(|found| found.spki() == spki);
    let detail = "the trusted root has no authority with this key";
    found.ok_or_else(|| AttestError::new(ErrorKind::FulcioChain, detail))
}

/// The certificate that belongs to a key in the trusted root of a trust configuration, for the guard of a host.
///
/// # Errors
/// `config/…`, `fulcio/chain`.
pub fn authority_certificate(trust: &[u8], spki: &[u8], now: Time) -> Result<Certificate, AttestError> {
    let root = usable_root(&parse_trust(trust)?)?;
    let authorities: Vec<_> = Authority::all(&root);
    find_authority(&authorities, spki, now).cloned()
}

/// Checks a finished leaf: the key, the profile, the life, the path to an authority of the trusted root, and whose it is.
///
/// # Errors
/// `fulcio/format`, `fulcio/key`, `fulcio/profile`, `fulcio/validity`, `fulcio/chain`, `claims/certificate-mismatch`.
pub fn verify_leaf(
    der: &[u8],
    spki: &[u8],
    identity: &ExpectedIdentity,
    authorities: &[Authority<'_>],
    now: Time,
) -> Result<Certificate, AttestError> {
    let refuse = |kind: ErrorKind| move || AttestError::new(kind, kind.sentence());
    let limits = Limits::default();
    let leaf = Certificate::parse(der, &limits).map_err(|_| refuse(ErrorKind::FulcioFormat)())?;
    if leaf.spki() != spki {
        return Err(refuse(ErrorKind::FulcioKey)());
    }
    if check_leaf(&leaf).is_err() || check_leaf_profile(&leaf).is_err() {
        return Err(refuse(ErrorKind::FulcioProfile)());
    }
    check_validity(&leaf, now)?;
    if !authorities.iter().any(|authority| leads_to(&leaf, authority, now, &limits)) {
        return Err(refuse(ErrorKind::FulcioChain)());
    }
    let mismatch = || refuse(ErrorKind::CertificateMismatch)();
    let san = signing_san(&leaf).map_err(|_| mismatch())?;
    let claims = FulcioClaims::parse(&leaf, &limits).map_err(|_| mismatch())?;
    identity.match_certificate(&san, &claims)?;
    Ok(leaf)
}

fn check_validity(leaf: &Certificate, now: Time) -> Result<(), AttestError> {
    let (first, last) = leaf.validity();
    let life = last.secs().saturating_sub(first.secs());
    let is_near = first <= now && now.secs().saturating_add(LEFT_SECS) <= last.secs();
    if is_near && life <= MAX_LIFE_SECS {
        return Ok(());
    }
    let kind = ErrorKind::FulcioValidity;
    Err(AttestError::new(kind, kind.sentence()))
}

/// A path to the anchor; window and the whole chain of the authority cover the time.
fn leads_to(leaf: &Certificate, authority: &Authority<'_>, now: Time, limits: &Limits) -> bool {
    let Some((anchor, intermediates)) = authority.chain.split_last() else { return false };
    let is_in_use =
        authority.window.contains(now) && authority.chain.iter().all(|certificate| certificate.valid_at(now));
    let candidates: Vec<&Certificate> = intermediates.iter().collect();
    let rules = PathRules::new(Purpose::CodeSigning, limits);
    let checker = Checker::new(&RustCrypto, SIGNATURE_CHECKS);
    let mut budget = PathBudget::new(limits);
    is_in_use && verify_path(leaf, &candidates, anchor, now, &rules, &checker, &mut budget).is_ok()
}
