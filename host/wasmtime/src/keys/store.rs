//! What a backend for keys implements.

use async_trait::async_trait;

use super::KeyError;

/// Opens keys by the names of the host's configuration.
///
/// The library asks it only for names that the host granted to the request ([`super::GrantedKeys`]).
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// A handle on the key of this name, with the version that is current: a key service is asked here, so that the
    /// handle can tell its algorithm and public half without waiting.
    ///
    /// # Errors
    /// [`KeyError::Denied`] for unknown names; any other kind.
    async fn open(&self, name: &str) -> Result<Box<dyn SigningKey>, KeyError>;
}

/// A handle on a key that signs whole messages and whose private half never leaves the backend.
///
/// To use a key management system of your own, implement this trait. A backend that takes digests hashes the message
/// itself, with the hash of the algorithm ([`super::KeyAlgorithm::digest`]); every signature is verified with the
/// public half before it is used (K5).
#[async_trait]
pub trait SigningKey: Send + Sync {
    /// Name of the algorithm in Sigstore's registry, such as `PKIX_ECDSA_P256_SHA_256` ([`super::KeyAlgorithm::name`]).
    fn algorithm(&self) -> &str;

    /// The public half of the version that signs.
    ///
    /// # Errors
    /// Any [`KeyError`].
    async fn public_key(&self) -> Result<PublicKey, KeyError>;

    /// Certificates of the key, DER, leaf first; empty if there are none. A chain that cannot be read is an error,
    /// never "no certificate" (K7).
    ///
    /// # Errors
    /// Any [`KeyError`].
    async fn certificate_chain(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        Ok(Vec::new())
    }

    /// Signs [`GuardedMessage::bytes`].
    ///
    /// # Errors
    /// [`KeyError::WrongVersion`] if another version than that of [`Self::public_key`] would sign (K6); any other
    /// kind.
    async fn sign(&self, message: GuardedMessage<'_>) -> Result<Signature, KeyError>;
}

/// A message that the guard has let pass for this request, and whose audit event is written.
///
/// Only this library makes one, so that no program signs around the guard with the library's keys: not an oracle.
#[derive(Clone, Copy)]
pub struct GuardedMessage<'a>(&'a [u8]);

impl<'a> GuardedMessage<'a> {
    /// After guard and audit, and nowhere else.
    pub(crate) const fn passed(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The complete message, never a digest: a DSSE pre-authentication encoding, a CertificationRequestInfo or a
    /// TBSCertificate.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// The public half of a key, and what the host calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Name of the key at the host, for the audit event.
    pub id: String,
    /// Version at the backend, if it has versions.
    pub version: Option<String>,
}

/// A signature over a whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// `der` or `p1363` for ECDSA, `raw` for EdDSA and RSA (K3).
    pub encoding: String,
    /// Version that signed, if the backend has versions.
    pub version: Option<String>,
}

/// What a key may sign; set by the host's configuration, never by a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// DSSE pre-authentication encodings.
    Attestation,
    /// Bodies of certificates of a private authority.
    Ca,
    /// One request for a certificate of this very key, and one pre-authentication encoding.
    Ephemeral,
}

impl Purpose {
    /// `attestation`, `ca` or `ephemeral`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestation => "attestation",
            Self::Ca => "ca",
            Self::Ephemeral => "ephemeral",
        }
    }
}
