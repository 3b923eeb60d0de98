//! Writing bundle v0.3 and the envelope in it (Sigstore protobuf-specs `Bundle`; DSSE envelope).
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::HashAlgorithm;
use cretula_encoding::base64;
use cretula_encoding::limits::Limits;
use cretula_pki::Certificate;

use crate::PAYLOAD_TYPE;
use crate::canonical::{Canonical, Members};
use crate::document;
use crate::error::{AttestError, ErrorKind};

/// Media type of every bundle that is written.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Who signed, as a bundle says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Material<'a> {
    /// The certificate alone, DER.
    Certificate(&'a [u8]),
    /// Leaf and intermediates in issuing order, DER: for consumers whose trusted root lacks the intermediate. A
    /// self-issued certificate after the leaf is left out, since a bundle never carries a root.
    Chain(&'a [Vec<u8>]),
    /// A managed key by its id, which is the key id of the signature, too.
    PublicKey(&'a str),
}

/// What a bundle is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// Who signed.
    pub material: Material<'a>,
    /// The statement, byte for byte.
    pub payload: &'a [u8],
    /// The signature as the bundle holds it: DER for ECDSA, else raw.
    pub signature: &'a [u8],
    /// Log entries in bundle form, JSON.
    pub log_entries: &'a [Vec<u8>],
    /// RFC 3161 `TimeStampResp`, DER.
    pub timestamps: &'a [Vec<u8>],
}

impl<'a> Material<'a> {
    /// Key id of the signature; only a managed key has one.
    const fn key_id(self) -> Option<&'a str> {
        match self {
            Self::PublicKey(id) => Some(id),
            Self::Certificate(_) | Self::Chain(_) => None,
        }
    }
}

/// Writes a bundle: RFC 8785, so one line; empty lists are left out.
///
/// # Errors
/// `limits/log-entries`, `limits/timestamps`, `limits/token-bytes`, `limits/certificate-bytes`, `limits/chain`,
/// `key/chain` for a chain that cannot be read, `rekor/format` for an entry that is not JSON with integers.
pub fn encode_bundle(parts: &Parts<'_>) -> Result<Vec<u8>, AttestError> {
    let mut material = material(parts.material)?;
    let entries = parts.log_entries.iter().map(|entry| log_entry(entry)).collect::<Result<Vec<_>, _>>()?;
    check_count(entries.len(), Limits::default().log_entries, ErrorKind::LimitLogEntries)?;
    material.set_filled("tlogEntries", Canonical::list(&entries));
    if let Some(timestamps) = timestamps(parts.timestamps)? {
        material.set("timestampVerificationData", timestamps);
    }
    let mut bundle = Members::default();
    bundle.set_text("mediaType", MEDIA_TYPE);
    bundle.set("verificationMaterial", material.finish());
    bundle.set("dsseEnvelope", envelope(parts.payload, parts.signature, parts.material.key_id()));
    Ok(bundle.finish().as_str().as_bytes().to_vec())
}

/// The envelope of a bundle as a document of its own: what Rekor v1 is given, and whose SHA-256 its entry holds.
#[must_use]
pub fn encode_envelope(payload: &[u8], signature: &[u8], material: Material<'_>) -> String {
    envelope(payload, signature, material.key_id()).as_str().to_owned()
}

/// The id of a managed key that has no other: SHA-256 of its SubjectPublicKeyInfo, base64.
#[must_use]
pub fn default_key_id(spki: &[u8]) -> String {
    base64::encode(HashAlgorithm::Sha256.digest(&[spki]).as_bytes())
}

fn envelope(payload: &[u8], signature: &[u8], key_id: Option<&str>) -> Canonical {
    let mut signed = Members::default();
    signed.set_text("sig", &base64::encode(signature)).set_known("keyid", key_id);
    let mut envelope = Members::default();
    envelope.set_text("payload", &base64::encode(payload)).set_text("payloadType", PAYLOAD_TYPE);
    envelope.set("signatures", Canonical::list(&[signed.finish()]));
    envelope.finish()
}

fn material(material: Material<'_>) -> Result<Members, AttestError> {
    let mut members = Members::default();
    match material {
        Material::Certificate(leaf) => {
            members.set("certificate", raw_bytes(leaf)?);
        }
        Material::Chain(chain) => match without_roots(chain)?.as_slice() {
            [leaf] => {
                members.set("certificate", raw_bytes(leaf)?);
            }
            chain => {
                let certificates = chain.iter().map(|der| raw_bytes(der)).collect::<Result<Vec<_>, _>>()?;
                let mut list = Members::default();
                list.set("certificates", Canonical::list(&certificates));
                members.set("x509CertificateChain", list.finish());
            }
        },
        Material::PublicKey(id) => {
            let mut key = Members::default();
            members.set("publicKey", key.set_text("hint", id).finish());
        }
    }
    Ok(members)
}

fn without_roots(chain: &[Vec<u8>]) -> Result<Vec<&[u8]>, AttestError> {
    let limits = Limits::default();
    let Some((leaf, above)) = chain.split_first() else {
        return Err(AttestError::new(ErrorKind::KeyChain, "a chain has at least one certificate"));
    };
    check_count(chain.len(), limits.chain, ErrorKind::LimitChain)?;
    let mut kept = Vec::from([leaf.as_slice()]);
    for der in above {
        let certificate = Certificate::parse(der, &limits).map_err(|_| {
            AttestError::new(ErrorKind::KeyChain, "a certificate of the chain cannot be read")
        })?;
        if !certificate.is_self_issued() {
            kept.push(der);
        }
    }
    Ok(kept)
}

fn raw_bytes(der: &[u8]) -> Result<Canonical, AttestError> {
    check_count(der.len(), Limits::default().certificate_bytes, ErrorKind::LimitCertificateBytes)?;
    let mut certificate = Members::default();
    Ok(certificate.set_text("rawBytes", &base64::encode(der)).finish())
}

fn log_entry(entry: &[u8]) -> Result<Canonical, AttestError> {
    let read = document::parse(entry).and_then(|value| Canonical::of(&value));
    read.map_err(|_| AttestError::new(ErrorKind::RekorFormat, "a log entry is not in the form of a bundle"))
}

fn timestamps(responses: &[Vec<u8>]) -> Result<Option<Canonical>, AttestError> {
    let limits = Limits::default();
    check_count(responses.len(), limits.timestamps, ErrorKind::LimitTimestamps)?;
    if responses.is_empty() {
        return Ok(None);
    }
    let mut list = Vec::new();
    for response in responses {
        check_count(response.len(), limits.token_bytes, ErrorKind::LimitTokenBytes)?;
        let mut timestamp = Members::default();
        list.push(timestamp.set_text("signedTimestamp", &base64::encode(response)).finish());
    }
    let mut timestamps = Members::default();
    Ok(Some(timestamps.set("rfc3161Timestamps", Canonical::list(&list)).finish()))
}

fn check_count(present: usize, limit: usize, kind: ErrorKind) -> Result<(), AttestError> {
    if present <= limit {
        return Ok(());
    }
    Err(AttestError::new(kind, alloc::format!("at most {limit} are allowed, there are {present}")))
}
