//! The signature over the artifact or the envelope (A01, A02, A04).

use super::case::{Case, SignerMaterial};
use crate::policy::Compat;
use crate::report::{Checks, Warning};
use crate::request::{Artifact, ManagedKey};
use alloc::{format, string::String, vec, vec::Vec};
use cretula_attestation::PreAuthEncoding;
use cretula_bundle::{Content, Envelope, TransparencyLogEntry};
use cretula_crypto::{
    Digest, HashAlgorithm, KeyDetails, KeyKind, Message, SignatureCheck, SignatureEncoding, SignatureError,
    SignatureScheme, VerificationKey,
};
use cretula_tlog::{EntryBody, EntryKind};

/// The key and scheme under which the signature verified.
pub(super) struct SignatureFacts<'a> {
    pub(super) key: &'a VerificationKey,
    pub(super) scheme: SignatureScheme,
    pub(super) details: KeyDetails,
    /// The managed key, unless a certificate signed.
    pub(super) managed: Option<&'a ManagedKey>,
    pub(super) warning: Option<Warning>,
}

/// One way in which the signature might have been made.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    key: &'a VerificationKey,
    scheme: SignatureScheme,
    encoding: SignatureEncoding,
    managed: Option<&'a ManagedKey>,
}

/// Tries the candidates in order; the first that verifies wins.
pub(super) fn verify_signature<'a>(case: &Case<'a>, checks: &mut Checks) -> Option<SignatureFacts<'a>> {
    let check = match case.bundle.content() {
        Content::Envelope(_) => "A04",
        Content::MessageSignature(_) => "A02",
    };
    match try_candidates(case) {
        Ok(facts) => {
            checks.pass_with("A01", None, facts.details.name());
            checks.pass(check, None);
            Some(facts)
        }
        Err(refusal) => {
            let check = match refusal.code {
                "artifact/required" => "A08",
                _ if refusal.is_about_key() => "A01",
                _ => check,
            };
            checks.fail(check, refusal.code, None, refusal.detail);
            None
        }
    }
}

struct SignatureRefusal {
    code: &'static str,
    detail: String,
}

impl SignatureRefusal {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    fn is_about_key(&self) -> bool {
        matches!(self.code, "signature/algorithm" | "signature/key-missing" | "signature/not-allowed")
    }
}

fn try_candidates<'a>(case: &Case<'a>) -> Result<SignatureFacts<'a>, SignatureRefusal> {
    let candidates = candidates(case)?;
    let mut refusal = None;
    for candidate in candidates {
        match try_candidate(case, candidate) {
            Ok(facts) => return Ok(facts),
            Err(found) if found.code == "limits/signature-total" => return Err(found),
            // A candidate that could be tried says more than one that could not.
            Err(found) if refusal.is_none() || found.code == "signature/invalid" => refusal = Some(found),
            Err(_) => {}
        }
    }
    Err(refusal
        .unwrap_or_else(|| SignatureRefusal::new("signature/algorithm", "no supported scheme fits the key")))
}

fn try_candidate<'a>(
    case: &Case<'a>,
    candidate: Candidate<'a>,
) -> Result<SignatureFacts<'a>, SignatureRefusal> {
    let details = KeyDetails::for_key(candidate.key.kind(), candidate.scheme).ok_or_else(|| {
        SignatureRefusal::new(
            "signature/algorithm",
            "the registry has no entry for this size of key and scheme",
        )
    })?;
    demand_allowed(case, details)?;
    check_with_content(case, &candidate)?;
    let warning = details.is_compat().then(|| Warning {
        code: "signature/compat-algorithm",
        detail: Some(format!("{} is deprecated", details.name())),
    });
    let Candidate { key, scheme, managed, .. } = candidate;
    Ok(SignatureFacts { key, scheme, details, managed, warning })
}

/// `evidence.algorithms`.
fn demand_allowed(case: &Case<'_>, details: KeyDetails) -> Result<(), SignatureRefusal> {
    let rules = &case.policy.evidence.algorithms;
    let allowed = rules.allow.as_ref().is_none_or(|allow| allow.contains(&details));
    if !allowed || (details.is_compat() && rules.compat == Compat::Refuse) {
        let detail = format!("the policy does not admit {}", details.name());
        return Err(SignatureRefusal::new("signature/not-allowed", detail));
    }
    Ok(())
}

fn check_with_content(case: &Case<'_>, candidate: &Candidate<'_>) -> Result<(), SignatureRefusal> {
    match case.bundle.content() {
        Content::Envelope(envelope) => check_envelope(case, candidate, envelope),
        Content::MessageSignature(message) => {
            let artifact = single_artifact(case)?;
            check_artifact(case, candidate, artifact, &message.signature)
        }
    }
}

/// A04: over the pre-authentication encoding of the decoded payload.
fn check_envelope(
    case: &Case<'_>,
    candidate: &Candidate<'_>,
    envelope: &Envelope,
) -> Result<(), SignatureRefusal> {
    let encoding = PreAuthEncoding::new(&envelope.payload_type, &envelope.payload);
    check(case, candidate, Message::Parts(&encoding.parts()), &envelope.signature)
}

/// A02, A08: a message signature is about exactly one artifact, which the caller must have.
fn single_artifact<'a>(case: &Case<'a>) -> Result<&'a Artifact, SignatureRefusal> {
    match case.artifacts {
        [artifact] => Ok(artifact),
        [] => Err(SignatureRefusal::new(
            "artifact/required",
            "a message signature proves nothing without its message",
        )),
        _ => Err(SignatureRefusal::new(
            "artifact/mismatch",
            "a message signature is about exactly one artifact",
        )),
    }
}

fn check_artifact(
    case: &Case<'_>,
    candidate: &Candidate<'_>,
    artifact: &Artifact,
    signature: &[u8],
) -> Result<(), SignatureRefusal> {
    let Some(hash) = candidate.scheme.prehash() else {
        let bytes = artifact.bytes().ok_or_else(|| {
            SignatureRefusal::new(
                "signature/message-required",
                "pure Ed25519 signs the artifact itself, not a digest",
            )
        })?;
        return check(case, candidate, Message::Parts(&[bytes]), signature);
    };
    let digest = artifact.digest(hash).ok_or_else(|| {
        SignatureRefusal::new(
            "artifact/digest-algorithm",
            format!("the {} digest of the artifact is needed", hash.name()),
        )
    })?;
    check(case, candidate, Message::Digest(digest), signature)
}

fn check(
    case: &Case<'_>,
    candidate: &Candidate<'_>,
    message: Message<'_>,
    signature: &[u8],
) -> Result<(), SignatureRefusal> {
    let Candidate { key, scheme, encoding, .. } = *candidate;
    case.checker.verify(&SignatureCheck { key, scheme, encoding, message, signature }).map_err(|error| {
        match error {
            SignatureError::Budget => {
                SignatureRefusal::new("limits/signature-total", "budget of signature checks is spent")
            }
            SignatureError::SchemeKey => {
                SignatureRefusal::new("signature/algorithm", "key and scheme do not fit")
            }
            SignatureError::DigestAlgorithm
            | SignatureError::Invalid
            | SignatureError::MessageRequired
            | _ => SignatureRefusal::new(
                "signature/invalid",
                "the signature does not verify over what was given",
            ),
        }
    })
}

// ---- candidates -------------------------------------------------------------------------------------------------

/// A01: the leaf key, or each managed key that the hint selects; each with the schemes that its type may have.
fn candidates<'a>(case: &Case<'a>) -> Result<Vec<Candidate<'a>>, SignatureRefusal> {
    match &case.signer {
        SignerMaterial::Certificate { leaf, .. } => {
            let key = leaf.key().map_err(|_| {
                SignatureRefusal::new("signature/algorithm", "the certificate has an unsupported key")
            })?;
            let schemes = default_schemes(case, key);
            let candidate =
                |scheme| Candidate { key, scheme, encoding: SignatureEncoding::Der, managed: None };
            Ok(schemes.into_iter().map(candidate).collect())
        }
        SignerMaterial::Keys(keys) if keys.is_empty() => Err(SignatureRefusal::new(
            "signature/key-missing",
            "no given key has the id that the bundle names",
        )),
        SignerMaterial::Keys(keys) => Ok(keys.iter().flat_map(|key| managed_candidates(case, key)).collect()),
    }
}

/// A managed key with `keyDetails` has that one scheme and nothing else.
fn managed_candidates<'a>(case: &Case<'a>, managed: &'a ManagedKey) -> Vec<Candidate<'a>> {
    let schemes = match managed.details {
        Some(details) => vec![details.scheme()],
        None => default_schemes(case, &managed.key),
    };
    let candidate =
        |scheme| Candidate { key: &managed.key, scheme, encoding: managed.encoding, managed: Some(managed) };
    schemes.into_iter().map(candidate).collect()
}

/// Defaults by type of key; P-384 and P-521 also with SHA-256, which some signers use.
fn default_schemes(case: &Case<'_>, key: &VerificationKey) -> Vec<SignatureScheme> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    match key.kind() {
        KeyKind::P256 => vec![SignatureScheme::Ecdsa(Sha256)],
        KeyKind::P384 => vec![SignatureScheme::Ecdsa(Sha384), SignatureScheme::Ecdsa(Sha256)],
        KeyKind::P521 => vec![SignatureScheme::Ecdsa(Sha512), SignatureScheme::Ecdsa(Sha256)],
        KeyKind::Ed25519 if case.envelope().is_none() && has_hashedrekord(case) => {
            vec![SignatureScheme::Ed25519Ph]
        }
        KeyKind::Ed25519 => vec![SignatureScheme::Ed25519],
        KeyKind::Rsa { pss: true, .. } => vec![SignatureScheme::RsaPss(Sha256)],
        KeyKind::Rsa { pss: false, .. } if v2_body_says_pss(case) => vec![SignatureScheme::RsaPss(Sha256)],
        KeyKind::Rsa { pss: false, .. } => vec![SignatureScheme::RsaPkcs1(Sha256)],
    }
}

/// Entries of unknown logs are no evidence, and choose nothing.
fn known_entries<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a TransparencyLogEntry> {
    case.bundle.log_entries().iter().filter(|entry| !case.logs_of(entry).is_empty())
}

/// A `hashedrekord` can hold only the prehash form of Ed25519.
fn has_hashedrekord(case: &Case<'_>) -> bool {
    known_entries(case).any(|entry| entry.kind == "hashedrekord")
}

/// The one choice that a v2 body carries and the bundle does not; what it says must fit the key.
fn v2_body_says_pss(case: &Case<'_>) -> bool {
    known_entries(case).any(|entry| {
        let kind = EntryKind::parse(&entry.kind, &entry.version);
        if kind != Ok(EntryKind::HashedRekordV002) {
            return false;
        }
        let body = entry.canonicalized_body.as_deref().unwrap_or_default();
        let parsed = EntryBody::parse(body, EntryKind::HashedRekordV002, case.limits());
        matches!(parsed, Ok(EntryBody::HashedRekordV002(body)) if matches!(body.key_details.scheme(), SignatureScheme::RsaPss(_)))
    })
}

/// What the signature is over, by the hash of its scheme: the artifact, or the pre-authentication encoding (L16).
pub(super) fn signed_digest(case: &Case<'_>, hash: HashAlgorithm) -> Option<Digest> {
    match case.bundle.content() {
        Content::Envelope(envelope) => {
            let encoding = PreAuthEncoding::new(&envelope.payload_type, &envelope.payload);
            Some(hash.digest(&encoding.parts()))
        }
        Content::MessageSignature(_) => match case.artifacts {
            [artifact] => artifact.digest(hash).copied(),
            _ => None,
        },
    }
}

/// The key details that a rebuilt body would name if nothing verified: the default of the first candidate.
pub(super) fn expected_details(case: &Case<'_>) -> Option<KeyDetails> {
    let candidates = candidates(case).ok()?;
    candidates.iter().find_map(|candidate| KeyDetails::for_key(candidate.key.kind(), candidate.scheme))
}
