//! Identities of logs and witnesses: 32 bytes, of which checkpoint lines carry the first four.
use cretula_crypto::{KeyKind, VerificationKey};

use crate::merkle::sha256;

/// Identity of a log or witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogIdentity {
    full_id: [u8; 32],
}

impl LogIdentity {
    /// All 32 bytes, as in `logId.keyId` of a trusted root.
    #[must_use]
    pub const fn full_id(&self) -> &[u8; 32] {
        &self.full_id
    }
    /// The first 4 bytes, as on a checkpoint line.
    #[must_use]
    pub const fn key_id(&self) -> [u8; 4] {
        let [first, second, third, fourth, ..] = self.full_id;
        [first, second, third, fourth]
    }
}

/// SHA-256 of the SubjectPublicKeyInfo: Rekor v1 logs with any key, and CT logs.
#[must_use]
pub fn spki_id(key: &VerificationKey) -> LogIdentity {
    LogIdentity { full_id: sha256(&[key.spki()]) }
}

/// Identity of a log by the type of its key; `None` for RSASSA-PSS keys, which have no note signature type.
///
/// Ed25519 (type 0x01) and RSA ids contain the name of the log, ECDSA ids do not.
/// Source: C2SP signed-note, "Signature types"; rekor-tiles `CLIENTS.md` for RSA.
#[must_use]
pub fn c2sp_id(name: &str, key: &VerificationKey) -> Option<LogIdentity> {
    match key.kind() {
        KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => Some(spki_id(key)),
        KeyKind::Ed25519 => Some(named_id(name, &[0x01], key.ed25519_bytes()?)),
        KeyKind::Rsa { pss: false, .. } => Some(named_id(name, b"\xffPKIX-RSA-PKCS#1v1.5", key.spki())),
        KeyKind::Rsa { pss: true, .. } => None,
    }
}

/// Identity of an Ed25519 witness (type 0x04); `None` for other keys. Source: C2SP tlog-cosignature, "Format".
#[must_use]
pub fn witness_id(name: &str, key: &VerificationKey) -> Option<LogIdentity> {
    Some(named_id(name, &[0x04], key.ed25519_bytes()?))
}

/// SHA-256(name ‖ newline ‖ signature type ‖ key).
fn named_id(name: &str, signature_type: &[u8], key: &[u8]) -> LogIdentity {
    LogIdentity { full_id: sha256(&[name.as_bytes(), b"\n", signature_type, key]) }
}
