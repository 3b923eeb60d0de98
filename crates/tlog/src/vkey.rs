//! Verifier keys as text (C2SP signed-note, "Verifier keys").
use alloc::{format, string::String, vec::Vec};

use cretula_crypto::{KeyKind, VerificationKey};
use cretula_encoding::{base64, hex};

use crate::{Error, c2sp_id, note::is_key_name, witness_id};

/// Type of a note signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureType {
    /// 0x04: Ed25519 with a time, over a cosignature message (C2SP tlog-cosignature).
    CosignatureEd25519,
    /// 0x02: ECDSA over SHA-256 of the text, DER.
    Ecdsa,
    /// 0x01: Ed25519 over the text.
    Ed25519,
}

impl SignatureType {
    /// The byte before the key.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::CosignatureEd25519 => 0x04,
            Self::Ecdsa => 0x02,
            Self::Ed25519 => 0x01,
        }
    }
}

/// A key with the name and the way in which it signs notes.
#[derive(Debug, Clone)]
pub struct VerifierKey {
    name: String,
    key_id: [u8; 4],
    signature_type: SignatureType,
    key: VerificationKey,
}

impl VerifierKey {
    /// Parses name `+` key id in 8 hex digits `+` base64(type ‖ key), and recomputes the id.
    ///
    /// Types: 0x01 and 0x04 with 32 bytes of Ed25519 key, 0x02 with the SPKI of an ECDSA key.
    ///
    /// # Errors
    /// [`Error::VerifierKey`] for another form, an unknown type, an unacceptable key or another id.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::VerifierKey);
        };
        let bytes = base64::decode(key).map_err(|_| Error::VerifierKey)?;
        let (signature_type, key) = parse_key(&bytes)?;
        let parsed = Self::new(name, signature_type, key)?;
        // The id is compared as text: there is one spelling of it.
        if hex::encode(&parsed.key_id) == id { Ok(parsed) } else { Err(Error::VerifierKey) }
    }

    /// From a name and a key that fits the type.
    ///
    /// # Errors
    /// [`Error::VerifierKey`] for a name that cannot stand in a note, or a key of another kind.
    pub fn new(name: &str, signature_type: SignatureType, key: VerificationKey) -> Result<Self, Error> {
        let is_ed25519 = key.kind() == KeyKind::Ed25519;
        let is_ecdsa = matches!(key.kind(), KeyKind::P256 | KeyKind::P384 | KeyKind::P521);
        let identity = match signature_type {
            SignatureType::CosignatureEd25519 if is_ed25519 => witness_id(name, &key),
            SignatureType::Ecdsa if is_ecdsa => c2sp_id(name, &key),
            SignatureType::Ed25519 if is_ed25519 => c2sp_id(name, &key),
            SignatureType::CosignatureEd25519 | SignatureType::Ecdsa | SignatureType::Ed25519 => None,
        };
        match identity {
            Some(identity) if is_key_name(name) => {
                Ok(Self { name: String::from(name), key_id: identity.key_id(), signature_type, key })
            }
            _ => Err(Error::VerifierKey),
        }
    }

    /// The text form; the inverse of [`Self::parse`].
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::from([self.signature_type.byte()]);
        bytes.extend_from_slice(self.key.ed25519_bytes().unwrap_or_else(|| self.key.spki()));
        format!("{}+{}+{}", self.name, hex::encode(&self.key_id), base64::encode(&bytes))
    }

    /// Name on the lines of this key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Id on the lines of this key.
    #[must_use]
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }
    /// How the key signs.
    #[must_use]
    pub const fn signature_type(&self) -> SignatureType {
        self.signature_type
    }
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerificationKey {
        &self.key
    }
}

fn parse_key(bytes: &[u8]) -> Result<(SignatureType, VerificationKey), Error> {
    let (signature_type, key) = match bytes.split_first() {
        Some((0x01, key)) => (SignatureType::Ed25519, VerificationKey::parse_ed25519(key)),
        Some((0x02, spki)) => (SignatureType::Ecdsa, VerificationKey::parse_spki(spki)),
        Some((0x04, key)) => (SignatureType::CosignatureEd25519, VerificationKey::parse_ed25519(key)),
        _ => return Err(Error::VerifierKey),
    };
    Ok((signature_type, key.map_err(|_| Error::VerifierKey)?))
}
