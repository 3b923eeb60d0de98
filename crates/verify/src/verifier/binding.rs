//! The entry is about this signature, this key and this digest (L01, L02, L15–L19).

use super::case::{Case, SignerMaterial};
use super::signature::{SignatureFacts, expected_details, signed_digest};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_bundle::{Content, TransparencyLogEntry};
use cretula_crypto::{Digest, HashAlgorithm, KeyDetails};
use cretula_pki::Certificate;
use cretula_tlog::{
    Dsse, DsseSignature, DsseV002, EntryBody, EntryKind, EntryVerifier, HashedRekord, Intoto, VerifierRef,
    rebuild_hashedrekord_v002,
};

/// Why an entry is not about this bundle.
pub(super) struct BindingRefusal {
    pub(super) check: &'static str,
    pub(super) code: &'static str,
    pub(super) detail: String,
}

type Binding = Result<(), BindingRefusal>;

fn refuse<T>(
    check: &'static str,
    code: &'static str,
    detail: impl Into<String>,
) -> Result<T, BindingRefusal> {
    Err(BindingRefusal { check, code, detail: detail.into() })
}

/// L01: which pair of kind and version may hold evidence here.
pub(super) fn admit_kind(case: &Case<'_>, entry: &TransparencyLogEntry) -> Result<EntryKind, BindingRefusal> {
    let unsupported = || BindingRefusal {
        check: "L01",
        code: "log-binding/kind-unsupported",
        detail: format!(
            "entries of kind {} {} are not read",
            cretula_encoding::text::quote(&entry.kind),
            cretula_encoding::text::quote(&entry.version)
        ),
    };
    let kind = EntryKind::parse(&entry.kind, &entry.version).map_err(|_| unsupported())?;
    let admitted = match kind {
        EntryKind::DsseV001
        | EntryKind::HashedRekordV001
        | EntryKind::HashedRekordV002
        | EntryKind::IntotoV002 => true,
        EntryKind::DsseV002 => case.policy.evidence.log.legacy_dsse_v2,
        EntryKind::IntotoV001 => false,
    };
    if admitted { Ok(kind) } else { Err(unsupported()) }
}

/// L02: envelopes and messages are logged in different kinds.
pub(super) fn match_content(case: &Case<'_>, kind: EntryKind) -> Binding {
    let fits = match (case.bundle.content(), kind) {
        (Content::MessageSignature(_), EntryKind::HashedRekordV001 | EntryKind::HashedRekordV002) => true,
        (Content::MessageSignature(_), _) | (Content::Envelope(_), EntryKind::HashedRekordV001) => false,
        (Content::Envelope(_), _) => true,
    };
    if fits {
        Ok(())
    } else {
        refuse("L02", "log-binding/kind-content", "this kind of entry does not hold such a signature")
    }
}

/// Reads the body; for `hashedrekord` 0.0.2 it may be absent, since it is rebuilt.
pub(super) fn read_body(
    case: &Case<'_>,
    entry: &TransparencyLogEntry,
    kind: EntryKind,
) -> Result<Option<EntryBody>, BindingRefusal> {
    let Some(bytes) = entry.canonicalized_body.as_deref() else { return Ok(None) };
    EntryBody::parse(bytes, kind, case.limits()).map(Some).map_err(|error| BindingRefusal {
        check: "L01",
        code: error.code(),
        detail: error.to_string(),
    })
}

/// Compares the body with the bundle. `facts` is what verified the signature; without it the expected values are taken.
pub(super) fn match_body(
    case: &Case<'_>,
    entry: &TransparencyLogEntry,
    body: Option<&EntryBody>,
    facts: Option<&SignatureFacts<'_>>,
) -> Binding {
    match body {
        Some(EntryBody::HashedRekordV001(body)) => match_hashedrekord(case, body, facts),
        Some(EntryBody::DsseV001(body)) => match_dsse(case, body, facts),
        Some(EntryBody::IntotoV002(body)) => match_intoto(case, body, facts),
        Some(EntryBody::DsseV002(body)) => match_dsse_v002(case, body, facts),
        Some(EntryBody::HashedRekordV002(_)) | None => match_rebuilt(case, entry, facts),
        Some(EntryBody::IntotoV001(_)) => {
            refuse("L01", "log-binding/kind-unsupported", "entry kind is not read here")
        }
    }
}

/// L17.
fn match_hashedrekord(case: &Case<'_>, body: &HashedRekord, facts: Option<&SignatureFacts<'_>>) -> Binding {
    match_signature("L17", &body.signature, case.bundle.signature())?;
    match_verifier("L17", case, &body.verifier, facts)?;
    let hash = facts.map_or(Some(body.digest.algorithm()), |facts| facts.scheme.prehash());
    match_digest("L17", hash.and_then(|hash| signed_digest(case, hash)).as_ref(), &body.digest)
}

/// L18.
fn match_dsse(case: &Case<'_>, body: &Dsse, facts: Option<&SignatureFacts<'_>>) -> Binding {
    match_dsse_signatures("L18", case, &body.signatures, facts)?;
    match_digest("L18", payload_digest(case).as_ref(), &body.payload_hash)
}

/// L18 for the withdrawn form of generation 2.
fn match_dsse_v002(case: &Case<'_>, body: &DsseV002, facts: Option<&SignatureFacts<'_>>) -> Binding {
    match_dsse_signatures("L18", case, &body.signatures, facts)?;
    match_digest("L18", payload_digest(case).as_ref(), &body.payload_hash)
}

fn match_dsse_signatures(
    check: &'static str,
    case: &Case<'_>,
    signatures: &[DsseSignature],
    facts: Option<&SignatureFacts<'_>>,
) -> Binding {
    let [logged] = signatures else {
        return refuse(check, "log-binding/signature", "the entry has not exactly one signature");
    };
    match_signature(check, &logged.signature, case.bundle.signature())?;
    match_verifier(check, case, &logged.verifier, facts)
}

/// L19.
fn match_intoto(case: &Case<'_>, body: &Intoto, facts: Option<&SignatureFacts<'_>>) -> Binding {
    let [logged] = body.signatures.as_slice() else {
        return refuse("L19", "log-binding/signature", "the entry has not exactly one signature");
    };
    match_signature("L19", &logged.signature, case.bundle.signature())?;
    match_verifier("L19", case, &logged.verifier, facts)?;
    if case.envelope().is_none_or(|envelope| envelope.payload_type != body.payload_type) {
        return refuse(
            "L19",
            "log-binding/payload-type",
            "the entry has another payload type than the envelope",
        );
    }
    match_digest("L19", payload_digest(case).as_ref(), &body.payload_hash)
}

fn payload_digest(case: &Case<'_>) -> Option<Digest> {
    case.envelope().map(|envelope| HashAlgorithm::Sha256.digest(&[&envelope.payload]))
}

fn match_signature(check: &'static str, logged: &[u8], signed: &[u8]) -> Binding {
    if logged == signed {
        Ok(())
    } else {
        refuse(check, "log-binding/signature", "the entry is about another signature")
    }
}

/// The verifier in the body is the leaf, or the managed key that verified the signature.
///
/// `Looser:` of a managed key the entry may hold a certificate with that key: the upload was made with the certificate,
/// and what the entry proves is that this key made this signature.
fn match_verifier(
    check: &'static str,
    case: &Case<'_>,
    logged: &EntryVerifier,
    facts: Option<&SignatureFacts<'_>>,
) -> Binding {
    // The key that verified the signature, and no other; before that is known, any that might have.
    let is_key = |spki: &[u8]| match facts {
        Some(facts) => facts.key.spki() == spki,
        None => case.keys().iter().any(|key| key.key.spki() == spki),
    };
    let equal = match (&case.signer, logged) {
        (SignerMaterial::Certificate { leaf, .. }, EntryVerifier::Certificate(der)) => leaf.der() == der,
        (SignerMaterial::Certificate { .. }, EntryVerifier::PublicKey(_)) => false,
        (SignerMaterial::Keys(_), EntryVerifier::PublicKey(der)) => is_key(der),
        (SignerMaterial::Keys(_), EntryVerifier::Certificate(der)) => {
            Certificate::parse(der, case.limits()).is_ok_and(|certificate| is_key(certificate.spki()))
        }
    };
    if equal {
        Ok(())
    } else {
        refuse(check, "log-binding/key", "the entry is about another key or certificate")
    }
}

fn match_digest(check: &'static str, expected: Option<&Digest>, logged: &Digest) -> Binding {
    match expected {
        Some(expected) if expected == logged => Ok(()),
        Some(expected) => {
            let detail = format!(
                "the entry is about {}:{}, expected {}:{}",
                logged.algorithm().name(),
                cretula_encoding::hex::encode(logged.as_bytes()),
                expected.algorithm().name(),
                cretula_encoding::hex::encode(expected.as_bytes())
            );
            refuse(check, "log-binding/digest", detail)
        }
        None => refuse(
            check,
            "log-binding/digest",
            "the digest that the entry names is not known for the artifact",
        ),
    }
}

/// L15, L16: the body is rebuilt from the bundle, and one that is there must be the same bytes.
fn match_rebuilt(
    case: &Case<'_>,
    entry: &TransparencyLogEntry,
    facts: Option<&SignatureFacts<'_>>,
) -> Binding {
    let rebuilt = rebuild(case, facts)?;
    match entry.canonicalized_body.as_deref() {
        None => Ok(()),
        Some(body) if body == rebuilt => Ok(()),
        Some(_) => refuse(
            "L15",
            "log-binding/body-differs",
            "the entry is not the one that this bundle and artifact give",
        ),
    }
}

/// The canonical body of generation 2.
pub(super) fn rebuild(
    case: &Case<'_>,
    facts: Option<&SignatureFacts<'_>>,
) -> Result<Vec<u8>, BindingRefusal> {
    let details: Option<KeyDetails> = facts.map(|facts| facts.details).or_else(|| expected_details(case));
    let Some(details) = details else {
        return refuse("L15", "log-binding/key", "no key is known from which the entry could be rebuilt");
    };
    let Some(hash) = details.scheme().prehash() else {
        return refuse(
            "L16",
            "log-binding/no-prehash",
            "a scheme without prehash cannot be in a log of generation 2",
        );
    };
    let Some(digest) = signed_digest(case, hash) else {
        return refuse(
            "L16",
            "log-binding/digest",
            "the digest that the entry needs is not known for the artifact",
        );
    };
    let verifier = match (&case.signer, facts.and_then(|facts| facts.managed)) {
        (SignerMaterial::Certificate { leaf, .. }, _) => VerifierRef::Certificate(leaf.der()),
        (SignerMaterial::Keys(_), Some(managed)) => VerifierRef::PublicKey(managed.key.spki()),
        (SignerMaterial::Keys(keys), None) => match keys.first() {
            Some(key) => VerifierRef::PublicKey(key.key.spki()),
            None => {
                return refuse(
                    "L15",
                    "log-binding/key",
                    "no key is known from which the entry could be rebuilt",
                );
            }
        },
    };
    Ok(rebuild_hashedrekord_v002(&digest, details, case.bundle.signature(), verifier))
}
