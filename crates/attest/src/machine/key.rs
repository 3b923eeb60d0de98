//! What a key handle says and signs, checked before it is used (K1 to K8).
use alloc::string::String;
use alloc::vec::Vec;

use cretula_crypto::{
    KeyDetails, KeyKind, Message, RustCrypto, SignatureCheck, SignatureEncoding, SignatureProvider as _,
    SignatureScheme, VerificationKey,
};
use cretula_encoding::der::{self, Tag};
use cretula_encoding::limits::Limits;
use cretula_pki::Certificate;

use super::step::{KeyReply, SignatureReply};
use crate::config::ALGORITHMS;
use crate::error::{AttestError, ErrorKind};

/// Most certificates of a chain that a host tells, and the length of each.
const MAX_CHAIN: usize = 4;
const MAX_CERTIFICATE_BYTES: usize = 16 << 10;
/// Longest key id and version.
const MAX_NAME_BYTES: usize = 256;

/// The public half of a key, as the host told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedKey {
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: Vec<u8>,
    pub(crate) details: KeyDetails,
    /// Id at the host.
    pub(crate) id: String,
    /// Version at the host.
    pub(crate) version: Option<String>,
}

/// A signature that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckedSignature {
    /// ECDSA in DER, everything else as it is.
    pub(crate) bytes: Vec<u8>,
    /// r of ECDSA, without leading zeros.
    pub(crate) r: Option<Vec<u8>>,
}

impl NamedKey {
    /// Reads what the host told (K1, K2, K7). Whether the algorithm fits the profile is checked by the caller, who
    /// knows the log.
    ///
    /// # Errors
    /// `key/algorithm`, `key/public`, `key/chain`.
    pub(crate) fn read(reply: &KeyReply) -> Result<Self, AttestError> {
        let details = algorithm(&reply.algorithm)?;
        let key = VerificationKey::parse_spki(&reply.public_key)
            .map_err(|_| refuse(ErrorKind::KeyPublic, "expected a SubjectPublicKeyInfo in strict DER"))?;
        if !details.fits(&key) {
            return Err(refuse(ErrorKind::KeyPublic, "the public key is not one of its algorithm"));
        }
        check_chain(&reply.chain, &reply.public_key)?;
        let names = [Some(&reply.key_id), reply.version.as_ref()];
        if names.into_iter().flatten().any(|name| name.len() > MAX_NAME_BYTES) {
            return Err(refuse(ErrorKind::KeyPublic, "key id and version have at most 256 bytes"));
        }
        Ok(Self {
            spki: reply.public_key.clone(),
            details,
            id: reply.key_id.clone(),
            version: reply.version.clone(),
        })
    }

    /// Whether a signature was made by the version of the key that was read (K6).
    pub(crate) fn is_version_of(&self, reply: &SignatureReply) -> bool {
        match (&self.version, &reply.version) {
            (Some(read), Some(signed)) => read == signed,
            (None, _) | (_, None) => true,
        }
    }

    /// Brings a signature into the form of its algorithm and verifies it over the message (K3 to K5).
    ///
    /// # Errors
    /// `key/encoding`, `key/self-check`.
    pub(crate) fn check(
        &self,
        reply: &SignatureReply,
        message: &[u8],
    ) -> Result<CheckedSignature, AttestError> {
        let bytes = self.plain_form(reply)?;
        let is_ecdsa = matches!(self.details.scheme(), SignatureScheme::Ecdsa(_));
        let r = is_ecdsa.then(|| first_integer(&bytes)).transpose()?;
        self.verify(message, &bytes)?;
        Ok(CheckedSignature { bytes, r })
    }

    /// Verifies a signature in plain form over a message.
    ///
    /// # Errors
    /// `key/self-check`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), AttestError> {
        let key = VerificationKey::parse_spki(&self.spki)
            .map_err(|_| refuse(ErrorKind::KeyPublic, "expected a SubjectPublicKeyInfo in strict DER"))?;
        let check = SignatureCheck {
            key: &key,
            scheme: self.details.scheme(),
            encoding: SignatureEncoding::Der,
            message: Message::Parts(&[message]),
            signature,
        };
        let detail = "the signature does not verify over the message with the public key";
        RustCrypto.verify_signature(&check).map_err(|_| refuse(ErrorKind::KeySelfCheck, detail))
    }

    /// Whether equal messages give equal signatures.
    pub(crate) const fn is_deterministic(&self) -> bool {
        matches!(
            self.details.scheme(),
            SignatureScheme::Ed25519 | SignatureScheme::Ed25519Ph | SignatureScheme::RsaPkcs1(_)
        )
    }

    fn plain_form(&self, reply: &SignatureReply) -> Result<Vec<u8>, AttestError> {
        let refuse = |detail| Err(refuse(ErrorKind::KeyEncoding, detail));
        match (self.field_bytes(), reply.encoding.as_str()) {
            (Some(_), "der") | (None, "raw") => Ok(reply.signature.clone()),
            (Some(width), "p1363") => match reply.signature.split_at_checked(width) {
                Some((r, s)) if s.len() == width => Ok(to_der(r, s)),
                _ => refuse("expected r and s, each as long as a field element"),
            },
            (Some(_), _) => refuse("the encoding of an ECDSA signature is der or p1363"),
            (None, _) => refuse("the encoding of this signature is raw"),
        }
    }

    /// Bytes of a field element of an ECDSA key.
    fn field_bytes(&self) -> Option<usize> {
        match VerificationKey::parse_spki(&self.spki).ok()?.kind() {
            KeyKind::P256 => Some(32),
            KeyKind::P384 => Some(48),
            KeyKind::P521 => Some(66),
            KeyKind::Ed25519 | KeyKind::Rsa { .. } => None,
        }
    }
}

fn refuse(kind: ErrorKind, detail: &str) -> AttestError {
    AttestError::new(kind, detail)
}

/// Only what [`ALGORITHMS`] lists is signed with.
fn algorithm(name: &str) -> Result<KeyDetails, AttestError> {
    let is_listed = ALGORITHMS.iter().any(|row| row.name == name);
    let details = KeyDetails::from_name(name).filter(|_| is_listed);
    details.ok_or_else(|| {
        refuse(ErrorKind::KeyAlgorithm, "expected a name such as PKIX_ECDSA_P256_SHA_256 that signs")
    })
}

/// A chain that is there can be read and begins with the key; none is no error.
fn check_chain(chain: &[Vec<u8>], spki: &[u8]) -> Result<(), AttestError> {
    if chain.len() > MAX_CHAIN {
        return Err(refuse(ErrorKind::LimitChain, "at most 4 certificates are allowed"));
    }
    for (index, certificate) in chain.iter().enumerate() {
        if certificate.len() > MAX_CERTIFICATE_BYTES {
            return Err(refuse(ErrorKind::LimitCertificateBytes, "a certificate has at most 16 KiB"));
        }
        let certificate = Certificate::parse(certificate, &Limits::default())
            .map_err(|_| refuse(ErrorKind::KeyChain, "a certificate of the key cannot be read"))?;
        if index == 0 && certificate.spki() != spki {
            return Err(refuse(ErrorKind::KeyChain, "the first certificate is for another key"));
        }
    }
    Ok(())
}

/// ECDSA-Sig-Value (RFC 3279 §2.2.3) from two numbers with leading zeros.
fn to_der(r: &[u8], s: &[u8]) -> Vec<u8> {
    der::encode(Tag::SEQUENCE, &[&integer(r), &integer(s)])
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(first..).unwrap_or_default();
    match digits.first() {
        None => der::encode(Tag::INTEGER, &[&[0]]),
        Some(byte) if *byte >= 0x80 => der::encode(Tag::INTEGER, &[&[0], digits]),
        Some(_) => der::encode(Tag::INTEGER, &[digits]),
    }
}

/// r, if the signature is two minimal numbers above zero and nothing else.
fn first_integer(signature: &[u8]) -> Result<Vec<u8>, AttestError> {
    let numbers = || {
        let mut reader = der::single(signature, Tag::SEQUENCE)?.reader();
        let r = reader.expect(Tag::INTEGER)?.unsigned()?.to_vec();
        let s = reader.expect(Tag::INTEGER)?.unsigned()?.to_vec();
        reader.finish().map(|()| (r, s))
    };
    let is_positive = |number: &[u8]| number.iter().any(|byte| *byte != 0);
    match numbers() {
        Ok((r, s)) if is_positive(&r) && is_positive(&s) => Ok(r),
        _ => Err(refuse(ErrorKind::KeyEncoding, "expected two numbers in minimal DER")),
    }
}
